"""The runs that have made the state of a network, for the provenance of its files."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from distsnn.errors import ParameterError
from distsnn.exchange import World, raising_together
from distsnn.front.recording.model_state import (
    PACKAGE,
    digests_of_files,
    files_of,
    git_state,
    is_own,
)
from distsnn.record.files.header import installed_versions
from distsnn.record.files.provenance import Provenance, RunRecord, attribute_of

_EPOCH = "SOURCE_DATE_EPOCH"
_JOBS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
# More hosts than these are said by their number.
_MOST_HOSTS = 64


class RunHistory:
    """The process that runs a network, and those whose checkpoints it goes on from."""

    def __init__(self) -> None:
        self._earlier = Provenance()
        self._present: RunRecord | None = None

    def go_on_from(self, earlier: Provenance) -> None:
        """Go on from a checkpoint with this provenance."""
        self._earlier = earlier

    def provenance(
        self, world: World, threads: int, parameters: Mapping[str, Any], origin: Mapping[str, Any]
    ) -> Provenance:
        """The provenance of the files that the network writes now. Collective.

        Parameters
        ----------
        parameters : mapping of str to object
            Parameters of the model.
        origin : mapping of str to object
            The command that made the network; empty for scripts.
        """
        if self._present is None:
            hosts = world.allgather_object(world.host)
            with raising_together(world, "recording"):
                record = _present(hosts, threads, origin) if world.rank == 0 else None
            self._present = world.bcast_object(record)
        values = {name: attribute_of(value) for name, value in parameters.items()}
        present = Provenance(world.bcast_object(values), (self._present,))
        return present.after(self._earlier)


def _present(hosts: list[str], threads: int, origin: Mapping[str, Any]) -> RunRecord:
    """The record of this process.

    With SOURCE_DATE_EPOCH it is the same wherever and whenever the process runs.
    """
    epoch = os.environ.get(_EPOCH)
    if epoch is not None and not epoch.isdecimal():
        raise ParameterError(
            _EPOCH,
            f"it is {epoch!r}",
            "the variable of the environment is a number of seconds since 1970",
            "correct it or unset it",
        )
    now = datetime.now(UTC)
    date = now if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    name, folder, files = _model(origin)
    commit, state = git_state(folder, list(files))
    versions = {"python": platform.python_version(), **installed_versions()}
    record = RunRecord(
        date=f"{date:%Y-%m-%dT%H:%M:%SZ}",
        versions=", ".join(f"{package} {number}" for package, number in versions.items()),
        model=name,
        model_files="\n".join(f"{digest}  {file}" for file, digest in files.items()),
        commit=commit,
        state=state,
    )
    if epoch is not None:
        return record
    names = list(dict.fromkeys(hosts))
    return RunRecord(
        **{k: v for k, v in vars(record).items() if v},
        command=_command(),
        folder=os.getcwd(),
        hosts=" ".join(names)
        if len(names) <= _MOST_HOSTS
        else f"{names[0]} and {len(names) - 1} more",
        job=next((os.environ[name] for name in _JOBS if name in os.environ), ""),
        ranks=len(hosts),
        threads=threads,
    )


def _model(origin: Mapping[str, Any]) -> tuple[str, Path, dict[str, str]]:
    """Name and folder of the model, that of the command or the script that runs, and its files.

    The files have their SHA-256 by the path relative to the folder.
    """
    named = origin.get("model") or getattr(sys.modules.get("__main__"), "__file__", None)
    # A server of notebooks says which one it runs.
    named = named or os.environ.get("JPY_SESSION_NAME")
    path = Path(os.path.realpath(named)) if isinstance(named, str) else Path()
    if not is_own(path):
        # An example, or a program such as pytest.
        return str(origin.get("model", "")), path.parent, {}
    return path.name, path.parent, origin.get("files") or digests_of_files(path, files_of(path))


def _command() -> str:
    """The command line of this process."""
    program, *rest = sys.argv or [""]
    if Path(program).name == "distsnn" or Path(program).is_relative_to(PACKAGE):
        return shlex.join(["distsnn", *rest])
    if not program or "ipykernel" in program:
        return ""
    return shlex.join([Path(sys.executable).name, program, *rest])
