"""Messages with spikes, of the threads of a rank and of ranks that share memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.codegen.program_arguments import NETWORK, Argument
from distsnn.exchange import SpikeExchange, World
from distsnn.exchange.usable_cores import usable_cores
from distsnn.kernels.barrier import ABANDONED, BARRIER_SIZE, LONG_SPIN, RENEWED, SPIN_LIMIT
from distsnn.layout.message_sizes import N_BUFFERS, buffer_words, shared_buffer_words

_BYTES_PER_LINE = 128


@dataclass(frozen=True, eq=False)
class MemoryGroup:
    """Threads and ranks that read each other's messages in shared memory.

    Attributes
    ----------
    size : int
        Number of members.
    n_participants : int
        Number of members that wait at the barrier; fewer than `size` if the messages of the others
        were written beforehand.
    barrier_state : int64 array
        See `distsnn.kernels.barrier`.
    buffers : uint32 array (n_buffers, size, capacity), or None if one is alone
        Messages of one interval and of the next, which some members may already write. Intervals
        use the buffers in rotation.
    stops : int64 array (ranks in it,)
        Whether each of its ranks asks all to stop.
    """

    size: int
    n_participants: int
    barrier_state: NDArray[np.int64]
    buffers: NDArray[np.uint32] | None
    stops: NDArray[np.int64]

    @cached_property
    def words(self) -> NDArray[np.uint32] | None:
        """`buffers` as one row."""
        return None if self.buffers is None else self.buffers.ravel()

    @property
    def n_buffers(self) -> int:
        """Number of intervals whose messages there is memory for."""
        return 1 if self.buffers is None else len(self.buffers)


class MessageBuffers:
    """The messages of a rank's threads, and those of other ranks.

    Threads of the only rank read each other's messages in shared memory, and so do ranks that
    share memory: they wait for each other in compiled code. Else the first thread sends the
    messages of its rank to the other ranks as one.

    Parameters
    ----------
    n_steps : int
        Number of time steps in an exchange interval.
    most_spikes : int
        Largest number of spikes of one thread in it.

    Attributes
    ----------
    exchange : SpikeExchange
        Of the ranks.
    memory_group : MemoryGroup
        The group of this rank's threads, or of all threads of all ranks.
    """

    def __init__(self, world: World, n_steps: int, most_spikes: int) -> None:
        ranks, n = world.ranks, world.n_threads
        self._ranks = ranks
        self.exchange = SpikeExchange(ranks, n_steps, most_spikes * n)
        capacity = buffer_words(n_steps, most_spikes)
        buffers = np.zeros((N_BUFFERS, n, capacity), dtype=np.uint32) if n > 1 else None
        self._local = MemoryGroup(n, n, world.barrier_state, buffers, np.zeros(1, dtype=np.int64))
        self._common = None if ranks.size == 1 else _common_group(ranks, world.size, capacity)
        self._receive: NDArray[np.uint32] = self.exchange.send
        self._width = self.exchange.send.size
        self.memory_group = self._local

    def choose_group(self, ghost_copies: bool) -> None:
        """Let ranks share memory if they can.

        Parameters
        ----------
        ghost_copies : bool
            Whether the program has values that ranks send each other anyway.
        """
        self.memory_group = self._local if self._common is None or ghost_copies else self._common

    @property
    def in_shared_memory(self) -> bool:
        """Whether all threads of all ranks are in the memory group."""
        return self.memory_group is self._common or self._ranks.size == 1

    def member(self, world: World) -> int:
        """Index of a thread within the memory group."""
        return world.thread if self.memory_group is self._local else world.rank

    @property
    def arrays(self) -> dict[Argument, Any]:
        """Arguments of the program."""
        send, words = self.exchange.send, self.memory_group.words
        return NETWORK.named(
            {
                "buffers": send if words is None else words,
                "send": send,
                "receive": self._receive,
                "width": self._width,
                "barrier_state": self.memory_group.barrier_state,
                "in_shared_memory": int(self.in_shared_memory),
                "n_ranks": self.memory_group.size if self.in_shared_memory else self._ranks.size,
            }
        )

    def exchange_spikes(self) -> None:
        """Exchange the spikes of an interval with the other ranks. Of the first thread."""
        before = self._receive
        self._receive, self._width = self.exchange.exchange()
        # The other threads wait within compiled code, with the arrays that there were.
        self._local.barrier_state[RENEWED] = self._receive is not before or self.exchange.stopping

    def ask_to_stop(self, asks: bool) -> None:
        """Ask all ranks to stop soon, or take that back. One rank may ask alone."""
        self.exchange.stop = asks
        memory_group = self.memory_group
        memory_group.stops[self._ranks.rank if memory_group is self._common else 0] = asks
        if not asks:
            self.exchange.stopping = False

    @property
    def stopping(self) -> bool:
        """Whether a rank has asked to stop. In shared memory, others may see this later."""
        return (
            bool(self.memory_group.stops.any()) if self.in_shared_memory else self.exchange.stopping
        )

    def abandon(self) -> None:
        """Tell members that wait for this rank in compiled code that it will not arrive."""
        if self.memory_group is self._common:
            self.memory_group.barrier_state[ABANDONED] = 1

    def wait_for_the_end(self) -> None:
        """Wait until the rank that did not arrive ends the job, as in any other exchange."""
        if self.memory_group is self._common:
            self._ranks.barrier()

    def clear(self, world: World) -> None:
        """Empty the messages of a thread, when nobody reads them any more."""
        header, buffers = self.exchange.header, self.memory_group.buffers
        if buffers is None:
            self.exchange.send[:header] = 0
        else:
            buffers[:, self.member(world), :header] = 0


def _common_group(ranks: World, size: int, capacity: int) -> MemoryGroup | None:
    """The group of all threads of all ranks, if they share memory. Collective among ranks."""
    capacities = ranks.allgather_object(capacity)
    n_buffers = ranks.n_ahead or N_BUFFERS
    words = shared_buffer_words(size, max(capacities), n_buffers)
    heads = 8 * (BARRIER_SIZE + ranks.size)
    heads += -heads % _BYTES_PER_LINE
    found = ranks.share_memory(heads + 4 * words)
    of_ranks = ranks.allgather_object(usable_cores())
    if found is None:
        return None
    numbers = found[:heads].view(np.int64)
    barrier_state = numbers[:BARRIER_SIZE]
    if len(set().union(*of_ranks)) >= size:
        barrier_state[SPIN_LIMIT] = LONG_SPIN
    buffers = found[heads:].view(np.uint32).reshape(n_buffers, size, max(capacities))
    n_participants = 1 if ranks.n_ahead else size
    return MemoryGroup(
        size,
        n_participants,
        barrier_state,
        buffers,
        numbers[BARRIER_SIZE : BARRIER_SIZE + ranks.size],
    )
