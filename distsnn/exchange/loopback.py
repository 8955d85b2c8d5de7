"""Threads that play ranks, for tests of whole networks within one process."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import DistsnnError
from distsnn.exchange.current import using
from distsnn.exchange.world import World

T = TypeVar("T")


class _Meeting:
    """The place where the threads of one loopback world meet."""

    def __init__(self, size: int, timeout: float) -> None:
        self.timeout = timeout
        self.barrier = threading.Barrier(size, timeout=timeout)
        # Two sets of slots: a rank may write its next contribution while slower ranks still
        # read the last one; it cannot get further ahead than that.
        self.slots: tuple[list[Any], list[Any]] = ([None] * size, [None] * size)
        # Where ranks meet that have failed, and the places of the world's parts.
        self.second: threading.Barrier = threading.Barrier(size)
        self.parts: list[_Meeting] = []

    def abort(self) -> None:
        """End all waiting."""
        self.barrier.abort()
        self.second.abort()
        for part in self.parts:
            part.abort()


class LoopbackWorld(World):
    """One rank among threads of this process; made by `run_loopback`.

    It is stricter than MPI: ranks that call different operations, or send arrays of
    different length or dtype, get an error instead of waiting forever.
    """

    name = "loopback"
    owns_process = False

    def __init__(self, rank: int, size: int, meeting: _Meeting) -> None:
        super().__init__()
        self.rank = rank
        self.size = size
        self._meeting = meeting
        self._turn = 0

    def _meet(self, operation: str, contribution: Any) -> list[Any]:
        slots = self._meeting.slots[self._turn]
        self._turn = 1 - self._turn
        slots[self.rank] = (operation, contribution)
        self._meeting.barrier.wait()
        for rank, (other, _) in enumerate(slots):
            if other != operation:
                self._meeting.abort()
                raise DistsnnError(
                    "loopback world",
                    f"rank {self.rank} came to {operation}, rank {rank} to {other}",
                    "all ranks make the same collective calls in the same order",
                )
        return [value for _, value in slots]

    def barrier(self) -> None:
        """Wait until every rank has come here."""
        self._meet("barrier", None)

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give every rank the arrays of all ranks."""
        parts = self._meet(f"allgather_into of {send.size} {send.dtype}", send.copy())
        np.concatenate(parts, out=receive)

    def allgather_object(self, value: Any) -> list[Any]:
        """Give every rank a pickled copy of each rank's object."""
        return [pickle.loads(part) for part in self._meet("allgather_object", pickle.dumps(value))]

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Give one rank a pickled copy of each rank's object."""
        parts = self._meet(f"gather_object to {root}", pickle.dumps(value))
        return [pickle.loads(part) for part in parts] if self.rank == root else None

    def bcast_object(self, value: Any, root: int = 0) -> Any:
        """Give every rank a pickled copy of one rank's object."""
        sent = pickle.dumps(value) if self.rank == root else None
        return pickle.loads(self._meet(f"bcast_object from {root}", sent)[root])

    def alltoall_object(self, values: list[Any]) -> list[Any]:
        """Give every rank a pickled copy of what each rank has for it."""
        parts = self._meet("alltoall_object", [pickle.dumps(value) for value in values])
        return [pickle.loads(part[self.rank]) for part in parts]

    def split(self, part: int) -> LoopbackWorld:
        """Divide the ranks into worlds of their own."""
        parts = self._meet("split", part)
        own = [rank for rank, other in enumerate(parts) if other == part]
        made = _Meeting(len(own), self._meeting.timeout) if own[0] == self.rank else None
        if made is not None:
            self._meeting.parts.append(made)
        meeting = self._meet("meeting of a part", made)[own[0]]
        world = LoopbackWorld(own.index(self.rank), len(own), meeting)
        world.whole = self
        return world

    def all_arrive(self, seconds: float) -> bool:
        """Whether every rank comes here within some seconds."""
        try:
            self._meeting.second.wait(seconds)
        except threading.BrokenBarrierError:
            return False
        return True

    def abort(self, status: int = 1) -> NoReturn:
        """End all ranks of this world; `run_loopback` raises the SystemExit."""
        self._meeting.abort()
        if self.whole is not None:
            self.whole.abort(status)
        raise SystemExit(status)

    def finish(self) -> None:
        """Meet the other ranks at the end, so that a rank that ends early is noticed."""
        self._meet("its end", None)


def run_loopback(size: int, function: Callable[[World], T], timeout: float = 240.0) -> list[T]:
    """Run a function on threads that play the ranks of a world.

    Inside, `distsnn.exchange.current_world` gives the thread's own world.

    Parameters
    ----------
    size : int
        Number of ranks.
    function : callable
        Called as ``function(world)`` on each rank.
    timeout : float
        Seconds that a rank waits for the others in one collective call.

    Returns
    -------
    list
        What `function` returned, in the order of ranks.

    Raises
    ------
    BaseException
        The error of the lowest rank that failed; all other ranks are ended.
    """
    meeting = _Meeting(size, timeout)
    results: list[Any] = [None] * size
    errors: list[BaseException | None] = [None] * size

    def play(rank: int) -> None:
        world = LoopbackWorld(rank, size, meeting)
        try:
            with using(world):
                results[rank] = function(world)
            world.finish()
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
            errors[rank] = error
            meeting.abort()

    threads = [
        threading.Thread(target=play, args=(rank,), name=f"rank {rank}", daemon=True)
        for rank in range(size)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raised = [error for error in errors if error is not None]
    # A broken barrier is what the other ranks see of the first rank's error.
    causes = [error for error in raised if not isinstance(error, threading.BrokenBarrierError)]
    if causes:
        raise causes[0]
    if raised:
        raise DistsnnError(
            "loopback world", f"a rank waited more than {timeout} s for the others"
        ) from raised[0]
    return results
