"""The memory and the waiting of all ranks while a run lasts, for the one that shows progress."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import psutil

from distsnn.exchange import World

_SECONDS = 1.0
# More ranks than these are said by the least and the greatest.
_MOST_SAID = 8


class RanksStatus:
    """Gathers the status of all ranks about once a second.

    Parameters
    ----------
    world : World
        The ranks and their threads.
    waiting : callable
        Seconds for which this thread has waited for others since the network was built.
    """

    def __init__(self, world: World, waiting: Callable[[], float]) -> None:
        self._world, self._waiting, self._before = world, waiting, waiting()
        self._begin = self._last = perf_counter()
        self._of_threads: list[tuple[float, int]] = []
        # Whether this rank shows them.
        self.shown = False

    def due(self) -> bool:
        """Whether it is time to gather, where the first rank shows progress."""
        return self.shown and perf_counter() - self._last >= _SECONDS

    def gather(self) -> None:
        """Bring the status of all to the first rank. Collective."""
        fraction = (self._waiting() - self._before) / (perf_counter() - self._begin)
        mine = min(max(fraction, 0.0), 1.0), memory_used() if self._world.thread == 0 else 0
        self._of_threads = self._world.gather_object(mine) or []
        self._last = perf_counter()

    @property
    def n_bytes(self) -> int:
        """Resident memory of all ranks; of this one before anything was gathered."""
        return sum(n_bytes for _, n_bytes in self._of_threads) or memory_used()

    @property
    def waiting(self) -> str:
        """The part of the time that each rank has waited for others, in words; empty of one."""
        n_threads = self._world.n_threads
        threads = [fraction for fraction, _ in self._of_threads]
        ranks = [sum(threads[k : k + n_threads]) / n_threads
                 for k in range(0, len(threads), n_threads)]  # fmt: skip
        if len(ranks) < 2:
            return ""
        if len(ranks) <= _MOST_SAID:
            return " ".join(f"{fraction:.0%}" for fraction in ranks)
        # All wait for the rank that waits least.
        least, most = (ranks.index(of) for of in (min(ranks), max(ranks)))
        return f"{ranks[least]:.0%} (rank {least}) to {ranks[most]:.0%} (rank {most})"


def memory_used() -> int:
    """Resident memory of this process, bytes."""
    return int(psutil.Process().memory_info().rss)
