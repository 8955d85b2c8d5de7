"""Threads that share the work of a rank, each with neurons of its own.

A rank of T threads counts as T ranks wherever neurons are divided and results are brought
together: thread k of rank r is number ``r * T + k`` of a `ThreadWorld`. Nothing else knows more
of threads, but for the exchange of spikes, which stays within compiled code as long as it can.
Only the first thread talks to other ranks.
"""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import DistsnnError, ParameterError
from distsnn.exchange.usable_cores import usable_cores
from distsnn.exchange.worlds.world import World
from distsnn.kernels.barrier import ABANDONED, ARRIVED, LONG_SPIN, SPIN_LIMIT

_log = logging.getLogger("distsnn")
_logged: set[str] = set()
T = TypeVar("T")


class ThreadBarrier:
    """The barrier of the threads of a rank, and what they give each other there.

    Parameters
    ----------
    timeout : float or None
        Seconds that a thread waits for the others.
    """

    def __init__(self, size: int, timeout: float | None = None) -> None:
        self.timeout = timeout
        self.barrier = threading.Barrier(size, timeout=timeout)
        # Two sets of slots: a thread may write its next contribution while slower ones still
        # read the last one; it cannot get further ahead than that.
        self.slots: tuple[list[Any], list[Any]] = ([None] * size, [None] * size)
        # The barrier of those that have failed, and the barriers of the world's parts.
        self.second = threading.Barrier(size)
        self.parts: list[ThreadBarrier] = []

    def abort(self) -> None:
        """End all waiting."""
        self.barrier.abort()
        self.second.abort()
        for part in self.parts:
            part.abort()


class ThreadWorld(World):
    """The world of one thread of a rank; made by `Team`.

    It is stricter than MPI: threads that call different operations, or send arrays of
    different length or dtype, get an error instead of waiting forever.

    Parameters
    ----------
    ranks : World
        The ranks, as this one sees them.
    thread_barrier : ThreadBarrier
        The same for all threads of this rank.
    barrier_state : int64 array
        See `distsnn.kernels.barrier`; the same for all threads of this rank.
    """

    name = "threads"
    owns_process = False

    def __init__(
        self,
        ranks: World,
        thread: int,
        thread_barrier: ThreadBarrier,
        barrier_state: NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__()
        # Collective calls go by the private ones: threads that play ranks show other numbers.
        self.ranks = self._ranks = ranks
        self.thread = self._index = thread
        self.n_threads = self._n_threads = len(thread_barrier.slots[0])
        self._thread_barrier = thread_barrier
        self._slot_set = 0
        self.host = ranks.host
        self.rank = ranks.rank * self._n_threads + thread
        self.size = ranks.size * self._n_threads
        if barrier_state is not None:
            self.barrier_state = barrier_state

    def _collect(self, operation: str, contribution: Any) -> list[Any]:
        slots = self._thread_barrier.slots[self._slot_set]
        self._slot_set = 1 - self._slot_set
        slots[self._index] = (operation, contribution)
        self._thread_barrier.barrier.wait()
        for thread, (other, _) in enumerate(slots):
            if other != operation:
                self._thread_barrier.abort()
                first = self.rank - self._index
                raise DistsnnError(
                    f"{self.name} world",
                    f"rank {self.rank} came to {operation}, rank {first + thread} to {other}",
                    "all ranks make the same collective calls in the same order",
                )
        return [value for _, value in slots]

    def _collect_all(
        self, operation: str, contribution: Any, exchange: Callable[[list[Any]], Any]
    ) -> Any:
        """Result of `exchange` with other ranks for the contributions of this rank's threads."""
        parts = self._collect(operation, contribution)
        if self._ranks.size == 1:
            return exchange(parts)
        found = exchange(parts) if self._index == 0 else None
        return self._collect(f"the end of {operation}", found)[0]

    def barrier(self) -> None:
        """Wait until every thread of every rank has come here."""
        self._collect_all("barrier", None, lambda _: self._ranks.barrier())

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give every thread the arrays of all."""

        def exchange(parts: list[NDArray[Any]]) -> NDArray[Any]:
            mine = np.concatenate(parts)
            received = np.empty_like(receive)
            self._ranks.allgather_into(mine, received)
            return received

        operation = f"allgather_into of {send.size} {send.dtype}"
        receive[:] = self._collect_all(operation, send.copy(), exchange)

    def allgather_object(self, value: Any) -> list[Any]:
        """Give every thread a pickled copy of each one's object."""

        def exchange(parts: list[bytes]) -> list[bytes]:
            return [part for of_rank in self._ranks.allgather_object(parts) for part in of_rank]

        found = self._collect_all("allgather_object", pickle.dumps(value), exchange)
        return [pickle.loads(part) for part in found]

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Give one thread a pickled copy of each one's object."""

        def exchange(parts: list[bytes]) -> list[list[bytes]] | None:
            return self._ranks.gather_object(parts, root // self._n_threads)

        found = self._collect_all(f"gather_object to {root}", pickle.dumps(value), exchange)
        if self.rank != root:
            return None
        return [pickle.loads(part) for of_rank in found for part in of_rank]

    def bcast_object(self, value: Any, root: int = 0) -> Any:
        """Give every thread a pickled copy of one's object."""
        rank, thread = divmod(root, self._n_threads)

        def exchange(parts: list[bytes | None]) -> Any:
            return self._ranks.bcast_object(parts[thread], rank)

        sent = pickle.dumps(value) if self.rank == root else None
        return pickle.loads(self._collect_all(f"bcast_object from {root}", sent, exchange))

    def alltoall_object(self, values: list[Any]) -> list[Any]:
        """Give every thread a pickled copy of what each one has for it."""
        n = self._n_threads

        def exchange(parts: list[list[bytes]]) -> list[list[list[bytes]]]:
            firsts = range(0, self.size, n)
            return self._ranks.alltoall_object(
                [[part[first : first + n] for part in parts] for first in firsts]
            )

        sent = [pickle.dumps(value) for value in values]
        found = self._collect_all("alltoall_object", sent, exchange)
        return [pickle.loads(part[self._index]) for of_rank in found for part in of_rank]

    def of_rank(self, make: Callable[[], T]) -> T:
        """The object that the first thread makes, for all threads of the rank."""
        if self.n_threads == 1:
            return make()
        made: T = self._collect("of_rank", make() if self._index == 0 else None)[0]
        return made

    def gather_in_rank(self, value: T) -> list[T]:
        """The objects themselves of all threads of the rank."""
        return [value] if self.n_threads == 1 else self._collect("gather_in_rank", value)

    def split(self, part: int) -> World:
        """Refuse: ranks are divided before they have threads."""
        raise _of_ranks(f"thread {self.thread} asked for part {part}")

    def all_arrive(self, seconds: float) -> bool:
        """Refuse: ranks wait for each other when their threads have ended."""
        raise _of_ranks(f"thread {self.thread} waited {seconds:g} s for failed ranks")

    def begin_anew(self) -> None:
        """Forget what was exchanged before a thread failed."""
        self._slot_set = 0

    def abort(self, status: int = 1) -> NoReturn:
        """End all threads and all ranks."""
        self._thread_barrier.abort()
        self._ranks.abort(status)


def warn_once(text: str) -> None:
    """Log a warning, unless this process has logged the same before, as of an earlier network."""
    if text not in _logged:
        _logged.add(text)
        _log.warning("%s", text)


def cores_of_each_rank(world: World) -> int:
    """How many cores each rank has for itself, at least 1; the least of all ranks. Collective."""
    found = world.allgather_object((world.host, sorted(usable_cores())))
    return max(1, min(len(cores) // found.count((host, cores)) for host, cores in found))


def _of_ranks(what: str) -> DistsnnError:
    return DistsnnError("threads", what, "this is for ranks", "Call it outside of Team.run")


class Team:
    """The threads of this rank. Collective.

    Raises ParameterError if ranks have different numbers of threads.

    Parameters
    ----------
    n_threads : int
        The same on all ranks. With 1 nothing is started, and `world` is what functions get.

    Attributes
    ----------
    worlds : list of World
        One for each thread.
    """

    def __init__(self, world: World, n_threads: int) -> None:
        of_ranks = world.allgather_object(n_threads)
        for rank, other in enumerate(of_ranks):
            if other != of_ranks[0]:
                raise ParameterError(
                    "threads",
                    f"{of_ranks[0]} threads on rank 0, {other} on rank {rank}",
                    "all ranks have the same number of threads",
                    "say the same on all ranks",
                )
        self.worlds: list[World] = [world]
        self._thread_barrier = ThreadBarrier(n_threads)
        if n_threads > 1:
            compiled = np.zeros_like(world.barrier_state)
            cores = len(usable_cores())
            if world.allgather_object(world.host).count(world.host) * n_threads <= cores:
                compiled[SPIN_LIMIT] = LONG_SPIN
            if cores < n_threads and world.rank == 0:
                warn_once(
                    f"{n_threads} threads of a rank share {cores} of the cores; let the launcher "
                    "or the batch system give each rank as many as it has threads"
                )
            self.worlds = [
                ThreadWorld(world, k, self._thread_barrier, compiled) for k in range(n_threads)
            ]

    def run(self, function: Callable[[World], T]) -> list[T]:
        """Call a function on every thread; this one is the first.

        Parameters
        ----------
        function : callable
            Called as ``function(world)`` with each of `worlds`.

        Returns
        -------
        list
            What it returned, by thread.

        Raises
        ------
        BaseException
            The error of the first thread that failed; the others are ended.
        """
        if len(self.worlds) == 1:
            return [function(self.worlds[0])]
        self._begin()
        results: list[Any] = [None] * len(self.worlds)
        errors: list[BaseException | None] = [None] * len(self.worlds)

        def play(thread: int) -> None:
            try:
                results[thread] = function(self.worlds[thread])
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                errors[thread] = error
                self.worlds[thread].barrier_state[ABANDONED] = 1
                self._thread_barrier.abort()

        others = [
            threading.Thread(target=play, args=(k,), name=f"thread {k}", daemon=True)
            for k in range(1, len(self.worlds))
        ]
        for other in others:
            other.start()
        play(0)
        for other in others:
            other.join()
        raise_first(errors)
        return results

    def _begin(self) -> None:
        """Let threads meet again, also after one that failed."""
        self.worlds[0].barrier_state[[ABANDONED, ARRIVED]] = 0
        if self._thread_barrier.barrier.broken:
            self._thread_barrier.barrier.reset()
            for world in self.worlds:
                assert isinstance(world, ThreadWorld)
                world.begin_anew()


def raise_first(errors: list[BaseException | None]) -> None:
    """Raise the error of the first thread that failed by itself, if one has."""
    raised = [error for error in errors if error is not None]
    # A broken barrier is what the others see of an error.
    causes = [error for error in raised if not isinstance(error, threading.BrokenBarrierError)]
    for error in causes or raised:
        raise error
