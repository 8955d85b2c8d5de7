"""Messages with spikes, of the threads of a rank and of ranks that share memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.exchange import SpikeExchange, World
from distsnn.kernels.barrier import ABANDONED, MEETING_SIZE, PATIENCE, PATIENT, RENEWED
from distsnn.layout.message_sizes import TURNS, buffer_words, shared_buffer_words

_BYTES_PER_LINE = 128


@dataclass(frozen=True, eq=False)
class Circle:
    """Those who read each other's messages where they are written.

    Attributes
    ----------
    size : int
        How many they are.
    coming : int
        How many come to meetings; fewer if the messages of others are there beforehand.
    meeting : int64 array
        See `distsnn.kernels.barrier`.
    mail : uint32 array (turns, size, room), or None if one is alone
        Messages of one interval, and those of the next, which some may write already, in turn.
    stops : int64 array (ranks in it,)
        Which of its ranks ask all to stop.
    """

    size: int
    coming: int
    meeting: NDArray[np.int64]
    mail: NDArray[np.uint32] | None
    stops: NDArray[np.int64]

    @cached_property
    def words(self) -> NDArray[np.uint32] | None:
        """`mail` as one row."""
        return None if self.mail is None else self.mail.ravel()

    @property
    def turns(self) -> int:
        """Number of intervals that there is room for."""
        return 1 if self.mail is None else len(self.mail)


class Post:
    """The messages of a rank's threads, and those of other ranks.

    Threads of a rank that is alone read each other's messages where they are written, and so do
    ranks that share memory: they meet in compiled code. Else the first thread sends the messages
    of its rank to the other ranks as one.

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
    circle : Circle
        That of this rank's threads, or of all threads of all ranks.
    """

    def __init__(self, world: World, n_steps: int, most_spikes: int) -> None:
        ranks, n = world.ranks, world.n_threads
        self._ranks = ranks
        self.exchange = SpikeExchange(ranks, n_steps, most_spikes * n)
        room = buffer_words(n_steps, most_spikes)
        mail = np.zeros((TURNS, n, room), dtype=np.uint32) if n > 1 else None
        self._own = Circle(n, n, world.meeting, mail, np.zeros(1, dtype=np.int64))
        self._common = None if ranks.size == 1 else _common_circle(ranks, world.size, room)
        self._receive: NDArray[np.uint32] = self.exchange.send
        self._width = self.exchange.send.size
        self.circle = self._own

    def choose_circle(self, snapshots: bool) -> None:
        """Let ranks share memory if they can.

        Parameters
        ----------
        snapshots : bool
            Whether the program has values that ranks send each other anyway.
        """
        self.circle = self._own if self._common is None or snapshots else self._common

    @property
    def together(self) -> bool:
        """Whether nobody is outside of the circle."""
        return self.circle is self._common or self._ranks.size == 1

    def place(self, world: World) -> int:
        """Number of a thread within the circle."""
        return world.thread if self.circle is self._own else world.rank

    @property
    def arrays(self) -> dict[str, Any]:
        """Arguments of the program."""
        send, words = self.exchange.send, self.circle.words
        return {
            "mail": send if words is None else words,
            "send": send,
            "receive": self._receive,
            "width": self._width,
            "meeting": self.circle.meeting,
            "together": int(self.together),
            "n_ranks": self.circle.size if self.together else self._ranks.size,
        }

    def exchange_spikes(self) -> None:
        """Exchange the spikes of an interval with the other ranks. Of the first thread."""
        before = self._receive
        self._receive, self._width = self.exchange.exchange()
        # The other threads wait within compiled code, with the arrays that there were.
        self._own.meeting[RENEWED] = self._receive is not before or self.exchange.stopping

    def ask_to_stop(self, asks: bool) -> None:
        """Ask all ranks to stop soon, or take that back. One rank may ask alone."""
        self.exchange.stop = asks
        circle = self.circle
        circle.stops[self._ranks.rank if circle is self._common else 0] = asks
        if not asks:
            self.exchange.stopping = False

    @property
    def stopping(self) -> bool:
        """Whether some rank has asked; where all are in the circle, others may know it later."""
        return bool(self.circle.stops.any()) if self.together else self.exchange.stopping

    def abandon(self) -> None:
        """Let those who wait for this rank in compiled code know that it does not come."""
        if self.circle is self._common:
            self.circle.meeting[ABANDONED] = 1

    def wait_for_the_end(self) -> None:
        """Wait for the rank that did not come to end the job, as in any other exchange."""
        if self.circle is self._common:
            self._ranks.barrier()

    def clear(self, world: World) -> None:
        """Empty what a thread has written, when nobody reads it any more."""
        header, mail = self.exchange.header, self.circle.mail
        if mail is None:
            self.exchange.send[:header] = 0
        else:
            mail[:, self.place(world), :header] = 0


def _common_circle(ranks: World, size: int, room: int) -> Circle | None:
    """The circle of all threads of all ranks, if they share memory. Collective among ranks."""
    rooms = ranks.allgather_object(room)
    turns = ranks.n_ahead or TURNS
    words = shared_buffer_words(size, max(rooms), turns)
    heads = 8 * (MEETING_SIZE + ranks.size)
    heads += -heads % _BYTES_PER_LINE
    found = ranks.share_memory(heads + 4 * words)
    of_ranks = ranks.allgather_object(os.sched_getaffinity(0))
    if found is None:
        return None
    numbers = found[:heads].view(np.int64)
    meeting = numbers[:MEETING_SIZE]
    if len(set().union(*of_ranks)) >= size:
        meeting[PATIENCE] = PATIENT
    mail = found[heads:].view(np.uint32).reshape(turns, size, max(rooms))
    coming = 1 if ranks.n_ahead else size
    return Circle(size, coming, meeting, mail, numbers[MEETING_SIZE : MEETING_SIZE + ranks.size])
