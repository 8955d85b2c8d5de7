"""A world of which one rank is real: the spikes of the others are drawn at given rates."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange.worlds.serial import SerialWorld
from distsnn.layout.message_sizes import N_BUFFERS, header_words
from distsnn.layout.partition import Owners

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

    The spikes of a step are a pure function of the step, so the same for every
    rank that listens; its own are the real ones. In every other call all ranks are as this one.

    The others answer an exchange of messages, or, as ranks that share memory, they have written
    what is read there: for many intervals beforehand, so that nothing is drawn in between.

    Parameters
    ----------
    senders : sequence of Senders
        Who spikes how often.
    n_steps : int
        Steps of an exchange interval.
    n_ahead : int
        For how many intervals to write messages beforehand; 0 if the ranks share no memory.
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
        n_ahead: int = 0,
    ) -> None:
        super().__init__()
        self.rank, self.size, self.n_ahead = rank, size, n_ahead
        self._owners, self._n_steps = Owners(description, size), n_steps
        self._first_gid = np.array([s.first_gid for s in senders], dtype=np.int64)
        self._number = np.array([s.number for s in senders], dtype=np.int64)
        self._per_step = np.array([s.per_step for s in senders], dtype=np.float64)
        self._interval, self._header = -1, header_words(n_steps)
        self._owner = self._slot = self._gid = np.empty(0, dtype=np.int64)
        self._fits = True
        self._bytes_of_buffer = 0

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give the own array, and for the other ranks drawn spikes, or else the same array."""
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

    def share_memory(self, n_bytes: int) -> NDArray[np.uint8] | None:
        """Memory for messages that are written beforehand, if they are to be."""
        if not self.n_ahead:
            return None
        # Of which only what is written becomes memory, as that of ranks which share it.
        return np.frombuffer(mmap.mmap(-1, n_bytes), dtype=np.uint8)

    def write_ahead(self, buffers: NDArray[np.uint32], n_intervals: int) -> None:
        """Write the messages of the other ranks for the next intervals.

        Parameters
        ----------
        buffers : uint32 array (n_ahead, size, capacity), out
            Messages of interval k are in ``buffers[k % n_ahead]``.
        n_intervals : int
            At most `n_ahead`. No rank may have spiked in these yet.
        """
        for _ in range(n_intervals):
            self._interval += 1
            self._draw_interval()
            buffer = buffers[self._interval % self.n_ahead]
            self._write(buffer)
            longest = 4 * (self._header + int(buffer[:, 0].max()))
            # It begins somewhere within a page.
            taken = self.size * min(4 * buffers.shape[2], longest + mmap.PAGESIZE)
            self._bytes_of_buffer = max(self._bytes_of_buffer, taken)

    @property
    def bytes_ahead(self) -> int:
        """Bytes of messages written beforehand, about, which real ranks would not keep."""
        n_buffers = min(self._interval + 1, self.n_ahead)
        return self._bytes_of_buffer * max(0, n_buffers - N_BUFFERS)

    def spikes_of(self, step: int) -> NDArray[np.int64]:
        """Gids (int64 (n,), ascending) of all neurons that spike in a step."""
        random = np.random.Generator(np.random.Philox(key=(_PURPOSE, step)))
        sender = np.repeat(np.arange(self._number.size), random.poisson(self._per_step))
        return np.unique(self._first_gid[sender] + random.integers(0, self._number[sender]))

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
        position = self._header + np.arange(self._owner.size) - begin[self._owner]
        fitting = position < rows.shape[1]
        rows[self._owner[fitting], position[fitting]] = self._gid[fitting]

    def allgather_object(self, value: Any) -> list[Any]:
        """Return a list in which every rank has this object."""
        return [value] * self.size

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Return a list in which every rank has this object."""
        return [value] * self.size if self.rank == root else None
