"""The facts of a run that stand beside its recorded data, in the group ``/distsnn``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.record.files.attributes import set_attributes
from distsnn.record.files.hdf5 import group_in
from distsnn.record.files.provenance import (
    PROVENANCE,
    Provenance,
    read_provenance,
    write_provenance,
)
from distsnn.record.files.seal import is_sealed

GROUP = "distsnn"
# Readers refuse a file with a greater number; it changes when old readers would misread a new file.
FORMAT = 2
# From this one on, data has checksums and finished files are sealed.
_SEALED = 2
_NEEDED = {"format", "seed", "dt_ms", "digest", "start_step", "n_steps", "finished"}
_PACKAGES = ("distsnn", "numpy", "h5py", "numba")


@cache
def installed_versions() -> dict[str, str]:
    """Versions of distsnn and of what it computes with.

    Returns
    -------
    dict[str, str]
        Package name to version; ``"unknown"`` for what is not installed as a package.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            # Distributions of Linux have an h5py that is no package of this name.
            versions[package] = h5py.__version__ if package == "h5py" else version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    return versions


@dataclass(frozen=True)
class RecordingHeader:
    """Facts of a run that a recording keeps; only its provenance depends on where it ran.

    Parameters
    ----------
    seed : int
        Seed of the network.
    dt : float
        Time step (ms).
    digest : str
        Digest of the description of the network.
    start_step : int
        First step that was recorded; time ``start_step * dt``.
    end_step : int
        Step after the last one that was recorded. In the file of a run that did not finish:
        after the last one that is known to be whole.
    finished : bool
        Whether the run came to its end.
    versions : mapping of str to str
        Versions of distsnn, numpy, h5py, numba.
    provenance : Provenance
        What made the file, where and when.
    """

    seed: int
    dt: float
    digest: str
    start_step: int = 0
    end_step: int = 0
    finished: bool = False
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def start(self) -> float:
        """Time of the first recorded step (ms)."""
        return self.start_step * self.dt

    @property
    def end(self) -> float:
        """Time at which the recording ends (ms)."""
        return self.end_step * self.dt

    @property
    def duration(self) -> float:
        """Recorded time (ms)."""
        return (self.end_step - self.start_step) * self.dt


def write_header(file: h5py.File, header: RecordingHeader) -> None:
    """Write the attributes of ``/distsnn``, replacing those that are there; provenance once.

    Parameters
    ----------
    header : RecordingHeader
        What to write.
    """
    versions = {_version_of(package): text for package, text in header.versions.items()}
    facts = {
        # HDF5 has whole numbers of 64 bits; a seed may have more.
        "seed": header.seed if header.seed < 2**63 else str(header.seed),
        "digest": header.digest,
        "dt_ms": np.float64(header.dt),
        "start_ms": np.float64(header.start),
        "end_ms": np.float64(header.end),
        "start_step": np.int64(header.start_step),
        "n_steps": np.int64(header.end_step - header.start_step),
        "finished": np.bool_(header.finished),
    }
    set_attributes(group_in(file, GROUP), {"format": np.int64(FORMAT), **versions, **facts})
    if PROVENANCE not in file:
        write_provenance(file, header.provenance)


def _version_of(package: str) -> str:
    """The attribute that holds the version of a package."""
    return "version" if package == "distsnn" else f"{package}_version"


def read_header(file: h5py.File, where: str) -> RecordingHeader:
    """Read the attributes of ``/distsnn``.

    Returns
    -------
    RecordingHeader
        The facts of the run.

    Raises
    ------
    FileError
        The file has no such group, lacks an attribute, or is of a newer format.
    """
    if GROUP not in file:
        raise FileError(
            where,
            f"the HDF5 file has no group /{GROUP}",
            "only files recorded by distsnn can be read",
        )
    attributes = file[GROUP].attrs
    try:
        if int(attributes["format"]) > FORMAT:
            raise FileError(
                where,
                f"the file has format {attributes['format']}",
                f"this version reads formats up to {FORMAT}",
                "Update distsnn.",
            )
        versions = {package: str(attributes[_version_of(package)]) for package in _PACKAGES}
        start_step = int(attributes["start_step"])
        finished = bool(attributes["finished"])
        if finished and int(attributes["format"]) >= _SEALED and not is_sealed(file, GROUP):
            raise FileError(
                where,
                "the file is damaged (its attributes or layout are not those that were written)",
                "it must be whole",
            )
        return RecordingHeader(
            seed=int(attributes["seed"]),
            dt=float(attributes["dt_ms"]),
            digest=str(attributes["digest"]),
            start_step=start_step,
            end_step=start_step + int(attributes["n_steps"]),
            finished=finished,
            versions=versions,
            provenance=read_provenance(file),
        )
    except KeyError as missing:
        lost = sorted(_NEEDED - set(attributes))
        raise FileError(
            where,
            f"/{GROUP} is damaged: {', '.join(lost)} is missing",
            "all attributes must be there",
        ) from missing
