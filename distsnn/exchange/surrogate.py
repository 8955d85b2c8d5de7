"""A world of which one rank is real: the spikes of the others are drawn at given rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.describe.network import NetworkDescription
from distsnn.exchange.serial import SerialWorld
from distsnn.plan.partition import Owners
from distsnn.plan.traffic import header_words

_PURPOSE = 0x5350494B


@dataclass(frozen=True)
class Senders:
    """Neurons with consecutive gids that are equally active.

    Attributes
    ----------
    first_gid, number : int
        ``first_gid <= gid < first_gid + number``, in ascending order of all senders.
    per_step : float
        Spikes of all of them in a step, in the mean.
    """

    first_gid: int
    number: int
    per_step: float


class SurrogateWorld(SerialWorld):
    """One rank of many, alone: what it hears of the others is drawn.

    The spikes of a step are a pure function of the seed and the step, so the same for every
    rank that listens; its own are the real ones. In every other call all ranks are as this one.

    Parameters
    ----------
    description : NetworkDescription
    rank, size : int
    senders : sequence of Senders
        Who spikes how often.
    n_steps : int
        Steps of an exchange interval.
    seed : int

    Attributes
    ----------
    seconds : float
        Time that drawing took so far, which the real ranks would not need.
    """

    name = "surrogate"
    owns_process = False

    def __init__(
        self,
        description: NetworkDescription,
        rank: int,
        size: int,
        senders: Sequence[Senders],
        n_steps: int,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.rank, self.size = rank, size
        self.seconds = 0.0
        self._owners, self._n_steps, self._seed = Owners(description, size), n_steps, seed
        self._senders = tuple(senders)
        self._interval, self._header = -1, header_words(n_steps)
        self._owner = self._slot = self._gid = np.empty(0, dtype=np.int64)
        self._fits = True

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give the own array, and for the other ranks drawn spikes, or else the same array."""
        begin = perf_counter()
        width = send.size
        rows = receive.reshape(self.size, width)
        if send.dtype != np.uint32:
            rows[:] = send
            return
        if self._fits:
            self._interval += 1
            self._draw_interval()
        self._write(rows)
        rows[self.rank] = send
        # As the ranks do, which then gather the same spikes once more.
        self._fits = self._header + int(rows[:, 0].max()) <= width
        self.seconds += perf_counter() - begin

    def spikes_of(self, step: int) -> NDArray[np.int64]:
        """Gids (int64 (n,), ascending) of all neurons that spike in a step."""
        random = np.random.Generator(np.random.Philox(key=(self._seed ^ _PURPOSE, step)))
        found = [
            s.first_gid + np.unique(random.integers(0, s.number, random.poisson(s.per_step)))
            for s in self._senders
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *found])

    def _draw_interval(self) -> None:
        first = self._interval * self._n_steps
        steps = [self.spikes_of(first + slot) for slot in range(self._n_steps)]
        gid = np.concatenate(steps)
        slot = np.repeat(np.arange(self._n_steps), [spikes.size for spikes in steps])
        owner = self._owners.of(gid)
        others = np.flatnonzero(owner != self.rank)
        order = others[np.argsort(owner[others], kind="stable")]
        self._owner, self._slot, self._gid = owner[order], slot[order], gid[order]

    def _write(self, rows: NDArray[Any]) -> None:
        """Write the messages of the other ranks, as far as there is room."""
        rows[:, : self._header] = 0
        at, counts = np.unique(self._owner * self._n_steps + self._slot, return_counts=True)
        rows[at // self._n_steps, 1 + at % self._n_steps] = counts
        per_rank = np.bincount(self._owner, minlength=self.size)
        rows[:, 0] = per_rank
        begin = np.cumsum(per_rank) - per_rank
        place = self._header + np.arange(self._owner.size) - begin[self._owner]
        fitting = place < rows.shape[1]
        rows[self._owner[fitting], place[fitting]] = self._gid[fitting]

    def allgather_object(self, value: Any) -> list[Any]:
        """Return a list in which every rank has this object."""
        return [value] * self.size

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Return a list in which every rank has this object."""
        return [value] * self.size if self.rank == root else None
