"""Threads that play ranks, for tests of whole networks within one process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from distsnn.errors import DistsnnError
from distsnn.exchange.current import using
from distsnn.exchange.worlds.serial import SerialWorld
from distsnn.exchange.worlds.threads import ThreadBarrier, ThreadWorld, raise_first
from distsnn.exchange.worlds.world import World

T = TypeVar("T")


class LoopbackWorld(ThreadWorld):
    """One rank among threads of this process; made by `run_loopback`.

    These are ranks of one thread each, which exchange spikes as processes do.
    """

    name = "loopback"

    def __init__(self, rank: int, thread_barrier: ThreadBarrier) -> None:
        super().__init__(SerialWorld(), rank, thread_barrier)
        self.ranks = self
        self.thread, self.n_threads = 0, 1

    def split(self, part: int) -> LoopbackWorld:
        """Divide the ranks into worlds of their own."""
        parts = self._collect("split", part)
        mine = [rank for rank, other in enumerate(parts) if other == part]
        made = (
            ThreadBarrier(len(mine), self._thread_barrier.timeout) if mine[0] == self.rank else None
        )
        if made is not None:
            self._thread_barrier.parts.append(made)
        thread_barrier = self._collect("barrier of a part", made)[mine[0]]
        world = LoopbackWorld(mine.index(self.rank), thread_barrier)
        world.whole = self
        return world

    def all_arrive(self, seconds: float) -> bool:
        """Whether every rank comes here within some seconds."""
        try:
            self._thread_barrier.second.wait(seconds)
        except threading.BrokenBarrierError:
            return False
        return True

    def abort(self, status: int = 1) -> NoReturn:
        """End all ranks of this world; `run_loopback` raises the SystemExit."""
        self._thread_barrier.abort()
        if self.whole is not None:
            self.whole.abort(status)
        raise SystemExit(status)

    def finish(self) -> None:
        """Meet the other ranks at the end, so that a rank that ends early is noticed."""
        self._collect("its end", None)


def run_loopback(size: int, function: Callable[[World], T], timeout: float = 240.0) -> list[T]:
    """Run a function on threads that play the ranks of a world.

    Inside, `distsnn.exchange.current_world` gives the thread's own world.

    Parameters
    ----------
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
    thread_barrier = ThreadBarrier(size, timeout)
    results: list[Any] = [None] * size
    errors: list[BaseException | None] = [None] * size

    def play(rank: int) -> None:
        world = LoopbackWorld(rank, thread_barrier)
        try:
            with using(world):
                results[rank] = function(world)
            world.finish()
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
            errors[rank] = error
            thread_barrier.abort()

    threads = [
        threading.Thread(target=play, args=(rank,), name=f"rank {rank}", daemon=True)
        for rank in range(size)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        raise_first(errors)
    except threading.BrokenBarrierError as error:
        raise DistsnnError(
            "loopback world", f"a rank waited more than {timeout} s for the others"
        ) from error
    return results
