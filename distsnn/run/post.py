"""What the threads of a rank share while they run: messages with spikes, and the exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.exchange import SpikeExchange, World
from distsnn.kernels.meeting import RENEWED

# Messages begin in lines of the cache of their own.
_WORDS_PER_LINE = 32


class Post:
    """The messages of a rank's threads, and those of other ranks.

    The threads of a rank that is alone read each other's messages where they are written. Else
    the first thread sends them to the other ranks as one.

    Parameters
    ----------
    world : World
    n_steps : int
        Number of time steps in an exchange interval.
    most_spikes : int
        Most spikes of one thread in it.

    Attributes
    ----------
    exchange : SpikeExchange
        Of the ranks.
    n_messages : int
        Number of messages that each thread reads.
    """

    def __init__(self, world: World, n_steps: int, most_spikes: int) -> None:
        ranks, n = world.ranks, world.n_threads
        self.exchange = SpikeExchange(ranks, n_steps, most_spikes * n)
        self.n_messages = n if ranks.size == 1 else ranks.size
        self._meeting = world.meeting
        self._mail: NDArray[np.uint32] | None = None
        if n > 1:
            words = self.exchange.header + most_spikes
            room = -(-words // _WORDS_PER_LINE) * _WORDS_PER_LINE
            # Those of one interval and those of the next, which a thread may write already.
            self._mail = np.zeros((2, n, room), dtype=np.uint32)
        self._receive: NDArray[np.uint32] = self.exchange.send
        self._width = self.exchange.send.size

    @property
    def arrays(self) -> dict[str, Any]:
        """Arguments of the program."""
        send = self.exchange.send
        return {
            "mail": send if self._mail is None else self._mail.ravel(),
            "send": send,
            "receive": self._receive,
            "width": self._width,
        }

    def exchange_spikes(self) -> None:
        """Exchange the spikes of an interval with the other ranks. Of the first thread."""
        before = self._receive
        self._receive, self._width = self.exchange.exchange()
        # The other threads wait within compiled code, with the arrays that there were.
        self._meeting[RENEWED] = self._receive is not before or self.exchange.stopping

    def clear(self, thread: int) -> None:
        """Empty what a thread has written."""
        header = self.exchange.header
        if self._mail is None:
            self.exchange.send[:header] = 0
        else:
            self._mail[:, thread, :header] = 0
