"""The provenance of a file, in the group ``/provenance``: what made it, where and when.

It is the only part of a file that depends on where and when a network ran.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import h5py
import numpy as np

from distsnn.record.files.attributes import set_attributes
from distsnn.record.files.hdf5 import group_in

PROVENANCE = "provenance"
# An attribute of HDF5 has at most 64 kB, and a text at most 4 bytes for a character.
_MOST_CHARACTERS = 8_000
_MOST_VALUES = 1_000


@dataclass(frozen=True)
class RunRecord:
    """One process, or job of several, that has contributed to a file; empty: not known.

    Attributes
    ----------
    date : str
        When it began, in UTC: ``2026-11-30T09:45:12Z``.
    versions : str
        Versions of Python, distsnn and what it computes with.
    model : str
        Name of the model's file or script, or of an example.
    model_files : str
        SHA-256 and name of it and of the modules beside it, a line each, as ``sha256sum`` has them.
    commit : str
        Git's commit of the folder of the model.
    state : str
        ``clean``, or the files that are not those of the commit.
    command : str
        The command line.
    folder : str
        The working folder.
    hosts : str
        Names of the hosts, in the order of ranks.
    job : str
        Number of the job in the batch system.
    ranks, threads : int
        Number of ranks, and of threads of each.
    """

    date: str = ""
    versions: str = ""
    model: str = ""
    model_files: str = ""
    commit: str = ""
    state: str = ""
    command: str = ""
    folder: str = ""
    hosts: str = ""
    job: str = ""
    ranks: int = 0
    threads: int = 0

    def __str__(self) -> str:
        at = f" on {self.hosts}" if self.hosts else ""
        size = f"{self.ranks} rank{'s' * (self.ranks != 1)}" if self.ranks else ""
        size += f" of {self.threads} threads" if self.threads > 1 else ""
        job = f"job {self.job}" if self.job else ""
        return f"{self.date}{at}" + "".join(f", {text}" for text in (size, job) if text)


@dataclass(frozen=True)
class Provenance:
    """The parameters and runs that made a file.

    Attributes
    ----------
    parameters : mapping of str to object
        Parameters of the model by name, those that were left at their defaults too.
    runs : tuple of RunRecord
        The process that began the file, and those that went on with it from a checkpoint.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[RunRecord, ...] = ()

    def after(self, earlier: Provenance) -> Provenance:
        """The provenance of a file that goes on with what had an earlier one."""
        new = tuple(run for run in self.runs if run not in earlier.runs)
        return Provenance({**earlier.parameters, **self.parameters}, earlier.runs + new)


def write_provenance(file: h5py.File, provenance: Provenance) -> None:
    """Write what made a file, or what made an earlier state of it as well. Collective."""
    # In the order in which they are read, so that a file that went on has the same bytes.
    parameters = sorted(provenance.parameters.items())
    values = {name: attribute_of(value) for name, value in parameters}
    set_attributes(group_in(file, f"{PROVENANCE}/parameters"), values)
    for number, run in enumerate(provenance.runs, 1):
        known = {name: _cut(value) for name, value in asdict(run).items() if value}
        set_attributes(group_in(file, f"{PROVENANCE}/runs/{number}"), known)


def read_provenance(file: h5py.File) -> Provenance:
    """Read what made a file; empty for files of versions that did not write it."""
    if PROVENANCE not in file:
        return Provenance()
    group = file[PROVENANCE]
    parameters = {str(name): _plain(value) for name, value in group["parameters"].attrs.items()}
    names = {one.name for one in fields(RunRecord)}
    runs = [group["runs"][number].attrs for number in sorted(group.get("runs", ()), key=int)]
    records = [{k: _plain(v) for k, v in run.items() if k in names} for run in runs]
    return Provenance(parameters, tuple(RunRecord(**record) for record in records))


def attribute_of(value: Any) -> Any:
    """A value as an attribute: numbers, texts and short arrays as they are, else its text."""
    if isinstance(value, bool | float | np.bool_ | np.number):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, str):
        return _cut(value)
    # Not quantities, whose text has the unit.
    if type(value) is not np.ndarray or value.dtype.kind not in "biuf":
        return _cut(repr(value))
    if value.size <= _MOST_VALUES:
        return value
    digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    return f"{value.dtype} array of shape {value.shape}, SHA-256 {digest}"


def _cut(value: Any) -> Any:
    """A text of at most so many characters, without what no text of HDF5 can have."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\\0").encode(errors="backslashreplace").decode()
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
