"""The spikes of one exchange interval, from every rank to every rank."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from distsnn.errors import DistsnnError
from distsnn.exchange.worlds.world import World
from distsnn.layout.message_sizes import header_words, power_of_two, smallest_width, width_for

# A prime, so that the sample does not fall into step with periodic activity.
_EXCHANGES_PER_SAMPLE = 17
_EXCHANGES_PER_REVIEW = 1024
# In front of the number of spikes: the rank asks all to stop.
_STOP = 1 << 31


class SpikeExchange:
    """One Allgather of a fixed-size message per exchange interval.

    The message of a rank is an array of uint32: ``[0]`` the number of its spikes in the
    interval, ``[1 .. n_steps]`` the number of each step, then the global ids of the neurons
    that spiked, sorted by (step, gid).

    The size on the wire is the same on all ranks and fixed until some rank has more spikes
    than fit. All ranks see that in the numbers of spikes, agree on a larger size without
    another message, and gather once more. After a burst the size shrinks again, at the same
    exchange on all ranks. None of this changes what `exchange` returns.

    Parameters
    ----------
    n_steps : int
        Number of time steps in an exchange interval, at least 1.
    capacity : int
        The most spikes of this rank in an interval.

    Attributes
    ----------
    send : ndarray of uint32, shape (at least header + capacity,)
        This rank's message, to be filled before `exchange`. Growing replaces the array, so
        take it anew for each interval. It starts as a message without spikes and is not
        cleared by `exchange`.
    header : int
        Words before the first gid, ``1 + n_steps``.
    width : int
        Words on the wire per rank.
    n_exchanges : int
        Number of intervals exchanged.
    stop : bool
        Whether this rank asks all ranks to stop; it travels with the next message.
    stopping : bool
        Whether some rank has asked: the same on all ranks after the same exchange.

    Notes
    -----
    Waiting for slower ranks and moving data both happen inside the Allgather. Every 17th
    exchange, from the first on, has a barrier in front, which takes up the waiting, so that
    the rest is transfer alone; `seconds_transfer` extends the mean of these samples to all
    exchanges and `seconds_waiting` is the rest of the time spent.
    """

    def __init__(self, world: World, n_steps: int, capacity: int) -> None:
        if n_steps < 1:
            raise DistsnnError(
                "spike exchange",
                f"{n_steps} steps per interval",
                "at least 1 is needed",
                n_steps=n_steps,
            )
        self.world = world
        self.n_steps = n_steps
        self.header = header_words(n_steps)
        self._smallest_width = smallest_width(n_steps)
        self.send: NDArray[np.uint32] = np.zeros(self.header + capacity, dtype=np.uint32)
        self.n_exchanges = 0
        self.stop = False
        self.stopping = False
        self._peak = 0
        self._seconds = 0.0
        self._sampled_transfer = 0.0
        self._n_samples = 0
        self._set_width(self._smallest_width)

    @property
    def capacity(self) -> int:
        """Number of spikes that `send` has room for now."""
        return self.send.size - self.header

    @property
    def seconds_transfer(self) -> float:
        """Estimated seconds spent on moving data, see the class's notes."""
        if self._n_samples == 0:
            return 0.0
        return min(self._seconds, self._sampled_transfer / self._n_samples * self.n_exchanges)

    @property
    def seconds_waiting(self) -> float:
        """Estimated seconds spent on waiting for slower ranks, see the class's notes."""
        return self._seconds - self.seconds_transfer

    def exchange(self) -> tuple[NDArray[np.uint32], int]:
        """Send this rank's message and receive those of all ranks. Collective.

        Raises DistsnnError if `send` announces more spikes than it has room for.

        Returns
        -------
        receive : ndarray of uint32, shape (size * width,)
            The messages; rank r's begins at ``r * width``. What follows a message's gids is
            left over from earlier ones. Valid until the next exchange; in a world of one
            rank it is `send` itself.
        width : int
            Words from one message to the next.
        """
        n_spikes = int(self.send[0])
        if n_spikes > self.capacity:
            raise DistsnnError(
                "spike exchange",
                f"{n_spikes} spikes in an interval",
                f"there is room for {self.capacity}",
                n_spikes=n_spikes,
                capacity=self.capacity,
            )
        self.n_exchanges += 1
        if self.world.size == 1:
            return self.send, self.send.size
        begin = perf_counter()
        if self.stop:
            self.send[0] |= np.uint32(_STOP)
        if self.n_exchanges % _EXCHANGES_PER_REVIEW == 0:
            self._shrink()
        if self.n_exchanges % _EXCHANGES_PER_SAMPLE == 1:
            self.world.barrier()
            after_barrier = perf_counter()
            self._gather()
            self._sampled_transfer += perf_counter() - after_barrier
            self._n_samples += 1
        else:
            self._gather()
        self._seconds += perf_counter() - begin
        return self._receive, self.width

    def _gather(self) -> None:
        most = self._allgather()
        needed = self.header + most
        self._peak = max(self._peak, needed)
        if needed > self.width:
            self._set_width(width_for(needed))
            self._allgather()

    def _allgather(self) -> int:
        """Gather once; the largest number of spikes of a rank."""
        self.world.allgather_into(self._wire, self._receive)
        counts = self._receive[:: self.width]
        most = int(counts.max())
        if most >= _STOP:
            self.stopping = True
            counts &= np.uint32(_STOP - 1)
            most = int(counts.max())
        return most

    def _shrink(self) -> None:
        """Make messages smaller if all since the last look left most of the room empty."""
        enough = max(self._smallest_width, width_for(self._peak))
        if 2 * enough < self.width:
            self._set_width(2 * enough)
        self._peak = 0

    def _set_width(self, width: int) -> None:
        self.width = width
        self._receive: NDArray[np.uint32] = np.zeros(self.world.size * width, dtype=np.uint32)
        if width > self.send.size:
            larger = np.zeros(power_of_two(width), dtype=np.uint32)
            larger[: self.send.size] = self.send
            self.send = larger
        self._wire = self.send[:width]
