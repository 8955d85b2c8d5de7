"""Sizes of the messages of spikes that ranks send each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SMALLEST_WIDTH = 256
_WORD = 4
# Messages in shared memory begin in lines of the cache of their own.
_WORDS_PER_LINE = 32
# Messages of one interval are read while those of the next are written.
N_BUFFERS = 2
# The largest of many Poisson counts lies hardly ever further above their mean.
_DEVIATIONS = 5.0


def header_words(n_steps: int) -> int:
    """Words before the first gid of a message for an interval of `n_steps`."""
    return 1 + n_steps


def smallest_width(n_steps: int) -> int:
    """Words of the smallest message for an interval of `n_steps`."""
    return max(_SMALLEST_WIDTH, width_for(2 * header_words(n_steps)))


def width_for(n_words: int) -> int:
    """Size of messages with some room to spare, the same on all ranks."""
    return power_of_two(n_words + n_words // 4)


def buffer_words(n_steps: int, most_spikes: int) -> int:
    """Words of the message buffer for at most so many spikes, which others read as it is."""
    words = header_words(n_steps) + most_spikes
    return -(-words // _WORDS_PER_LINE) * _WORDS_PER_LINE


def shared_buffer_words(n_participants: int, capacity: int, n_buffers: int = N_BUFFERS) -> int:
    """Words of the message buffers of all participants of a shared memory; 0 for one alone."""
    return n_buffers * n_participants * capacity if n_participants > 1 else 0


def power_of_two(n: int) -> int:
    """Smallest power of two that is at least `n`."""
    return 1 << (n - 1).bit_length()


@dataclass(frozen=True)
class Traffic:
    """The exchange of spikes of one interval.

    Attributes
    ----------
    size : int
        Number of ranks.
    n_steps : int
        Steps of the interval.
    spikes : float
        Spikes of all ranks in an interval, in the mean.
    width : int
        Words of the message of a rank.
    """

    size: int
    n_steps: int
    spikes: float
    width: int

    @classmethod
    def of(cls, size: int, n_steps: int, spikes: float, most: float) -> Traffic:
        """Traffic of `spikes` in an interval, of which the busiest rank has `most` in the mean."""
        peak = math.ceil(most + _DEVIATIONS * math.sqrt(most))
        needed = header_words(n_steps) + peak
        width = smallest_width(n_steps)
        return cls(size, n_steps, spikes, width if needed <= width else width_for(needed))

    @property
    def bytes_sent(self) -> int:
        """Bytes that a rank sends to every other."""
        return _WORD * self.width if self.size > 1 else 0

    @property
    def bytes_received(self) -> int:
        """Bytes that a rank has received after an exchange, its own among them."""
        return self.size * self.bytes_sent
