"""The world of an MPI job. The only file that imports mpi4py."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import sys
import termios
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from distsnn.exchange.worlds.pickled import PickledExchange
from distsnn.exchange.worlds.shared import share_memory
from distsnn.exchange.worlds.waiting import wait
from distsnn.exchange.worlds.world import World

_SECONDS_TO_BE_READ = 2.0
# Names the folder in which a rank says that MPI has started, see `exchange.jobs.joining`.
JOINING_FOLDER = "DISTSNN_JOINING"


def _tell_launcher() -> None:
    """Say that MPI has started on this rank, once."""
    folder = os.environ.pop(JOINING_FOLDER, None)
    if folder is not None:
        with suppress(OSError):
            open(os.path.join(folder, "started"), "x").close()


def _long_addresses_fail(environment: Mapping[str, str]) -> bool:
    """Whether ranks are steps of srun on several nodes, with the MPICH that comes with pip.

    Over UCX, which it takes first, that MPICH tells other nodes 4 KB, of which the address is the
    beginning and the rest whatever follows in memory. It writes them compressed, in lines that
    come out longer than 1024 bytes now and then; SLURM's ``mpi/pmi2`` reads no more of a
    line ("value not properly terminated"), and the job fails or hangs while MPI starts. Over OFI
    it tells an address as long as it is. An MPICH of the cluster may know one way only.
    """
    # SLURM says PMI_JOBID, launchers that it starts themselves do not.
    nodes = environment.get("SLURM_STEP_NUM_NODES", "")
    if not nodes.isdigit() or int(nodes) < 2 or "PMI_JOBID" not in environment:
        return False
    try:
        version("mpich")
    except PackageNotFoundError:
        return False
    return True


def _wait_until_read() -> None:
    """Wait until the launcher has read what this rank has printed.

    When it hears that all ranks end, it forgets what it has not read.
    """
    for printed in (sys.stdout, sys.stderr):
        # There may be none, or nobody who reads it.
        with suppress(AttributeError, OSError, ValueError):
            printed.flush()
    until = time.monotonic() + _SECONDS_TO_BE_READ
    while any(unread_bytes(stream) for stream in (1, 2)) and time.monotonic() < until:
        time.sleep(0.005)
    # It must pass it on.
    time.sleep(0.05)


def unread_bytes(stream: int) -> int:
    """Number of bytes in a pipe or socket that the other side has not read; else 0.

    Parameters
    ----------
    stream : int
        Descriptor of the end where they are written.
    """
    try:
        # Only pipes say so at both ends.
        is_pipe = stat.S_ISFIFO(os.fstat(stream).st_mode)
        asked = fcntl.ioctl(stream, termios.FIONREAD if is_pipe else termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    found: int = struct.unpack("i", asked)[0]
    return found


class NoMpiError(Exception):
    """mpi4py is not installed, or finds no MPI library."""


class MpiWorld(World):
    """The ranks of ``MPI.COMM_WORLD``, or some of them.

    Creating it initializes MPI if nobody has, and is not collective. Raises NoMpiError if mpi4py
    cannot be imported or finds no MPI library.

    Parameters
    ----------
    communicator : mpi4py.MPI.Comm, optional
        That of the ranks, if they are not all.

    Attributes
    ----------
    n_entered : int
        Number of collective calls this rank has entered so far. A rank that has left after
        fewer calls will be missed: see ``departure.py``.
    threads_allowed : bool
        Whether any thread may call MPI at any time.
    """

    name = "mpi"

    def __init__(self, communicator: Any = None) -> None:
        super().__init__()
        # MPICH would add lines of its own to the one message of a failing job. It reads the
        # variable when MPI starts.
        os.environ.setdefault("MPIR_CVAR_SUPPRESS_ABORT_MESSAGE", "1")
        if _long_addresses_fail(os.environ):
            os.environ.setdefault("MPIR_CVAR_CH4_NETMOD", "ofi")
            # It would take this provider before that of TCP, and need 0.5 s for an exchange.
            os.environ.setdefault("FI_PROVIDER", "^sockets")
        try:
            with warnings.catch_warnings():
                # A launcher of another MPI is an error that current_world() explains.
                warnings.filterwarnings("ignore", "suspicious MPI execution environment")
                # Optional at run time: without an MPI library the import itself fails.
                from mpi4py import MPI  # noqa: PLC0415
        except (ImportError, RuntimeError) as error:
            raise NoMpiError(str(error).strip().splitlines()[0]) from error
        self.communicator = MPI.COMM_WORLD if communicator is None else communicator
        self.rank = self.communicator.Get_rank()
        self.size = self.communicator.Get_size()
        self.threads_allowed = MPI.Query_thread() >= MPI.THREAD_MULTIPLE
        self.n_entered = 0
        # For ranks that have left the collective calls of the others.
        self._aside: Any = None
        _tell_launcher()
        self._pickled = PickledExchange(self.communicator, self._wait)
        # An exchange that was interrupted, and by what.
        self._left_behind: Any = None
        self._broken_off: BaseException | None = None

    def _enter(self) -> None:
        """Count a collective call."""
        if self._broken_off is not None:
            # What was being exchanged then is lost, so nothing that follows can be right.
            raise self._broken_off
        self.n_entered += 1

    def _wait(self, request: Any) -> None:
        try:
            wait(request)
        except BaseException as error:
            # MPI goes on using the memory of the request.
            self._left_behind, self._broken_off = request, error
            raise

    def barrier(self) -> None:
        """Wait until every rank has come here."""
        self._enter()
        self._wait(self.communicator.Ibarrier())

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give every rank the arrays of all ranks (MPI_Iallgather, nothing is pickled)."""
        self._enter()
        self._wait(self.communicator.Iallgather(send, receive))

    def allgather_object(self, value: Any) -> list[Any]:
        """Give every rank one picklable object of each rank."""
        self._enter()
        return self._pickled.allgather(value)

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Give one rank a picklable object of each rank."""
        self._enter()
        return self._pickled.gather(value, root)

    def bcast_object(self, value: Any, root: int = 0) -> Any:
        """Give every rank a picklable object of one rank."""
        self._enter()
        return self._pickled.bcast(value, root)

    def alltoall_object(self, values: list[Any]) -> list[Any]:
        """Give every rank one picklable object of its own from each rank."""
        self._enter()
        return self._pickled.alltoall(values)

    def share_memory(self, n_bytes: int) -> NDArray[np.uint8] | None:
        """Bytes that all ranks read and write (see ``shared.py``)."""
        return share_memory(self, n_bytes)

    def split(self, part: int) -> MpiWorld:
        """Divide the ranks into worlds of their own (MPI_Comm_split)."""
        self._enter()
        world = MpiWorld(self.communicator.Split(part, self.rank))
        world.whole = self
        world._aside = world.communicator.Dup()
        return world

    def all_arrive(self, seconds: float) -> bool:
        """Whether every rank comes here within some seconds (only in a part of a world)."""
        request, begin = self._aside.Ibarrier(), time.monotonic()
        while not request.Test():
            if time.monotonic() - begin > seconds:
                return False
            time.sleep(0.01)
        return True

    def abort(self, status: int = 1) -> NoReturn:
        """End all ranks by MPI_Abort, those of other parts too."""
        if self.whole is not None:
            self.whole.abort(status)
        _wait_until_read()
        self.communicator.Abort(status)
        raise SystemExit(status)
