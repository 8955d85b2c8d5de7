"""The command ``distsnn doctor``: what a machine offers to distsnn, and what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import psutil
import typer

from distsnn.errors import DistsnnError
from distsnn.exchange import SerialWorld, launch
from distsnn.exchange.free_memory import free_memory
from distsnn.exchange.jobs.launch import find_launcher
from distsnn.exchange.usable_cores import usable_cores
from distsnn.kernels.private_folder import cache_folder
from distsnn.record.files.locks import FileLock
from distsnn.record.files.storage import h5py_has_mpi

# Below this much of either a run of ordinary size fails.
_LITTLE_MEMORY, _LITTLE_SPACE = 1 << 30, 1 << 30
# A launcher that finds no host to start on waits longer than anybody wants to.
_SECONDS = 60.0
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
# Two ranks sum their numbers; the first prints what it knows.
_RANKS = """
import json
from distsnn.exchange import current_world
world = current_world()
found = world.allgather_object(world.rank)
if world.rank == 0:
    print(json.dumps([world.size, found]))
"""

GOOD, WARNING, BAD = "ok", "note", "FAILS"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
    state : str
        `GOOD`, `WARNING` (it works, but slower or not everywhere) or `BAD`.
    text : str
        What was found.
    remedy : str
        What to do, unless it is good.
    """

    what: str
    state: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n{'':<22}-> {self.remedy}" if self.remedy else ""
        return f"{self.state:<6}{self.what:<16}{self.text}{remedy}"


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where recordings will be written.")
    ] = Path(),
) -> None:
    """Look at MPI, HDF5, file locks, caches, cores and memory; exit with 1 if something fails."""
    worst = GOOD
    for finding in findings(folder):
        print(finding, flush=True)
        worst = BAD if BAD in (worst, finding.state) else worst
    raise typer.Exit(int(worst == BAD))


def findings(folder: Path) -> Iterator[Finding]:
    """Look at everything, one after the other.

    Parameters
    ----------
    folder : Path
        Where files will be written.
    """
    for what, look in _LOOKS.items():
        try:
            state, text, remedy = look(folder)
        except (OSError, DistsnnError, subprocess.SubprocessError) as error:
            state, text, remedy = BAD, str(error), ""
        yield Finding(what, state, text, remedy)


_Found = tuple[str, str, str]


def _packages(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    names = ("distsnn", "numpy", "numba", "h5py")
    found = ", ".join(f"{name} {version(name)}" for name in names)
    return GOOD, f"Python {sys.version.split()[0]}, {found}", ""


def _mpi(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    code = "from mpi4py import MPI; print(MPI.Get_library_version().splitlines()[0])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it crashed"])[-1]
        return (
            WARNING,
            f"mpi4py cannot be used: {reason}",
            "one process and threads work; for ranks: pip install 'distsnn[mpi]', or build mpi4py "
            "with your cluster's MPI (pip install --no-binary mpi4py mpi4py)",
        )
    return GOOD, f"mpi4py {version('mpi4py')} with {done.stdout.strip()}", ""


def _launcher(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    try:
        launcher = find_launcher()
    except DistsnnError as error:
        return WARNING, "neither mpirun nor mpiexec was found", str(error).rsplit(". ", 1)[-1]
    done = launch([sys.executable, "-c", _RANKS], 2, timeout=_SECONDS, capture=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines and json.loads(lines[-1]) == [2, [0, 1]]:
        return GOOD, f"{launcher} started two ranks, which found each other", ""
    said = (done.stderr.strip().splitlines() or ["they said nothing"])[-1]
    return (
        BAD,
        f"two ranks started by {launcher} did not find each other: {said}",
        "use the launcher of the MPI that mpi4py was built with (first on PATH, or beside this "
        "Python), or build mpi4py anew with this one",
    )


def _parallel_hdf5(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    if h5py_has_mpi():
        return GOOD, "h5py has MPI: all ranks write recordings", ""
    return (
        WARNING,
        "h5py has no MPI: rank 0 writes recordings, with the same content",
        "it is fast enough up to some ten ranks; for more see 'Parallel HDF5' in the guide",
    )


def _locks(folder: Path) -> _Found:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".distsnn-doctor-") as inside:
        lock = FileLock(Path(inside) / "file", os.O_CREAT)
        by_file = lock.has_file_beside
        lock.release()
    if by_file:
        return (
            WARNING,
            f"the file system of {folder.resolve()} has no locks; a file beside each recording "
            "says who writes it",
            "mount it with locks (Lustre: -o flock), or remove the lock files of jobs that died",
        )
    return GOOD, f"files in {folder.resolve()} can be locked", ""


def _disk(folder: Path) -> _Found:
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:,.1f} GB free in {folder.resolve()}"
    if free < _LITTLE_SPACE:
        return WARNING, text, "name a folder with more space as record= or --record"
    return GOOD, text, ""


def _cache(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    found = cache_folder()
    if found.name.startswith("distsnn-"):
        return (
            WARNING,
            f"compiled code is kept in {found} for this process alone: networks compile anew in "
            "each run",
            "set DISTSNN_CACHE_DIR to a folder that you own and nobody else can write",
        )
    size = sum(file.stat().st_size for file in found.rglob("*") if file.is_file())
    return GOOD, f"compiled code is kept in {found} ({size / 1e6:,.0f} MB)", ""


def _cores(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    usable, present = len(usable_cores()), os.cpu_count() or 1
    load = os.getloadavg()[0]
    text = f"{usable} of {present} cores may be used, load {load:.1f}"
    if load > 0.5 * usable:
        return (
            WARNING,
            text,
            "other programs use these cores; ranks that wait for one another become much slower",
        )
    return GOOD, text, ""


def _huge_pages(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    if not _HUGE_PAGES.exists():
        return GOOD, "not known on this system", ""
    chosen = _HUGE_PAGES.read_text(encoding="utf8").split("[")[-1].split("]")[0]
    if chosen == "never":
        return (
            WARNING,
            "transparent huge pages are off: large tables of synapses are read more slowly",
            f"let an administrator write madvise or always into {_HUGE_PAGES}",
        )
    return GOOD, f"transparent huge pages: {chosen}", ""


def _memory(folder: Path) -> _Found:  # noqa: ARG001 - as all looks
    least = min(free_memory(SerialWorld()), key=lambda one: one.n_bytes)
    total = psutil.virtual_memory().total
    text = f"{least.n_bytes / 1e9:,.1f} GB free {least.what}, of {total / 1e9:,.1f} GB"
    if least.n_bytes < _LITTLE_MEMORY:
        return WARNING, text, "'distsnn plan MODEL' says how much a model takes"
    return GOOD, text, ""


_LOOKS: dict[str, Callable[[Path], _Found]] = {
    "packages": _packages,
    "MPI": _mpi,
    "launcher": _launcher,
    "HDF5": _parallel_hdf5,
    "file locks": _locks,
    "disk": _disk,
    "compiled code": _cache,
    "cores": _cores,
    "huge pages": _huge_pages,
    "memory": _memory,
}
