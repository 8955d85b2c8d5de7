"""Jobs of the command, for tests that send them signals and kill their ranks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

# Small, and slow enough on several ranks that something can happen to it on the way.
MODEL = '''"""Cells with noise and plastic synapses."""
import os
import time

import distsnn as snn
from distsnn.exchange.worlds.mpi import MpiWorld
from distsnn.run.engine import Engine

DURATION = 200.0
advance = Engine.advance


def begun(self, *arguments):
    rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
    open("stepping" + rank, "w").close()
    advance(self, *arguments)


Engine.advance = begun
gather = MpiWorld.allgather_into


def slowly(self, send, receive):
    time.sleep(float(os.environ.get("SECONDS_OF_EXCHANGE", "0")))
    gather(self, send, receive)


MpiWorld.allgather_into = slowly


def network(n=60, weight=25.0, fail_at=None):
    if "SECONDS_OF_EXCHANGE" in os.environ:
        os.environ["DISTSNN_SHARED_MEMORY"] = "0"
    cells = snn.NeuronGroup(n, snn.LIF(I_e=380.0), name="cells")
    cells.V_m = snn.Uniform(-70.0, -55.0)
    exc = snn.Exponential(5.0)
    made = snn.Synapses(cells, cells, exc, weight=snn.Normal(weight, 4.0), stp=snn.STP(),
                        delay=snn.Uniform(0.5, 3.0))
    made.connect(p=0.2)
    noise = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=15.0)
    return snn.Network(cells, made, noise)
'''
# How soon a job must end after a fault on any rank.
SECONDS_TO_END = 10.0
# For scripts and models: leaves the time of a fault in the working folder, that of the first.
FAULT = """
def fault():
    try:
        open("fault", "x").close()
    except FileExistsError:
        pass
    return 1
"""
# The same as soon as the system has refused to write a file.
FAULT_OF_FILES = f"""
import distsnn.errors
{FAULT}
made = distsnn.errors.FileError.__init__


def marked(self, *said, **fields):
    fault()
    made(self, *said, **fields)


distsnn.errors.FileError.__init__ = marked
"""
COMMAND = [sys.executable, "-m", "distsnn.cli"]
# Twelve seconds, of which a test takes what it needs to begin with something.
SLOW = {"SECONDS_OF_EXCHANGE": "0.03"}
# What only ends jobs that hang; a busy machine takes long to start and to compile.
SECONDS_OF_HANGING = 200.0


def seconds_since_fault(folder: Path) -> float:
    """Time since a rank of a job first met a fault (see `FAULT`), which is forgotten then."""
    mark = folder / "fault"
    began = mark.stat().st_mtime
    mark.unlink()
    return time.time() - began


class Job:
    """The command ``distsnn`` with these arguments, in a folder, while it runs."""

    def __init__(
        self, folder: Path, *arguments: str, environment: dict[str, str] | None = None
    ) -> None:
        said = arguments.index("--ranks") + 1 if "--ranks" in arguments else None
        self._n_ranks = 1 if said is None else int(arguments[said])
        self._folder = folder
        for mark in folder.glob("stepping*"):
            mark.unlink()
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=os.environ | {"DISTSNN_WORLD": "auto"} | (environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            for process in (*self._family(), psutil.Process(self._process.pid)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.communicate()

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def ranks(self) -> list[psutil.Process]:
        """The processes of the ranks that have begun, in their order."""
        if self._n_ranks == 1:
            alone = self._process.poll() is None
            return [psutil.Process(self._process.pid)] if alone else []
        found = {}
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                environment, command = process.environ(), process.cmdline()
                rank = environment.get("PMI_RANK", environment.get("OMPI_COMM_WORLD_RANK"))
                if rank is not None and "distsnn.cli" in command:
                    found[int(rank)] = process
        return [found[rank] for rank in sorted(found)]

    def steps(self) -> bool:
        """Whether all ranks of `MODEL` have begun with its steps."""
        ranks = range(self._n_ranks)
        return all((self._folder / f"stepping{rank}").exists() for rank in ranks)

    def answers(self, number: int, rank: int = 0) -> bool:
        """Whether a rank has a handler for a signal."""
        try:
            status = Path(f"/proc/{self.ranks()[rank].pid}/status").read_text()
        except (OSError, IndexError):
            return False
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> (number - 1) & 1)

    def send(self, number: int) -> None:
        """Send a signal to the command itself."""
        self._process.send_signal(number)

    def wait_for(self, happens: Callable[[], bool], seconds: float = SECONDS_OF_HANGING) -> bool:
        """Wait until something happens, or the job ends (False)."""
        until = time.monotonic() + seconds
        while not happens():
            if self._process.poll() is not None:
                return False
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.02)
        return True

    def end(self, seconds: float = SECONDS_OF_HANGING) -> tuple[int, str]:
        """Wait for its end; status, and what it said (errors first)."""
        output, errors = self._process.communicate(timeout=seconds)
        return self._process.returncode, errors + output


def run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run the command to a good end; what it said."""
    with Job(folder, *arguments, environment=environment) as job:
        status, text = job.end()
    assert status == 0, text
    return text
