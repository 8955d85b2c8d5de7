"""A world of which one rank is real."""

from __future__ import annotations

import mmap

import numpy as np
import psutil
import pytest

import distsnn as snn
from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange import SpikeExchange
from distsnn.exchange.worlds.surrogate import Senders, SurrogateWorld
from distsnn.layout.message_sizes import buffer_words, shared_buffer_words
from distsnn.layout.partition import Owners

STEPS = 4


@pytest.fixture(scope="module")
def description() -> NetworkDescription:
    groups = [snn.NeuronGroup(700, snn.LIF()), snn.NeuronGroup(300, snn.LIF())]
    groups[0][100:].I_e = 1.0
    return snn.Network(groups).description


def world(
    description: NetworkDescription, rank: int, size: int, per_step: float, n_ahead: int = 0
) -> SurrogateWorld:
    senders = [Senders(0, 700, 0.7 * per_step), Senders(700, 300, 0.3 * per_step)]
    return SurrogateWorld(description, rank, size, senders, STEPS, n_ahead)


def messages(receive: np.ndarray, width: int, size: int) -> list[list[list[int]]]:
    """Gids of each step of each rank."""
    found = []
    for rank in range(size):
        message = receive[rank * width : (rank + 1) * width]
        counts = message[1 : 1 + STEPS].astype(int)
        assert counts.sum() == message[0]
        gids = message[1 + STEPS : 1 + STEPS + message[0]]
        ends = np.cumsum(counts)
        found.append([part.tolist() for part in np.split(gids, ends[:-1])])
    return found


@pytest.mark.parametrize(("size", "per_step"), [(5, 3.0), (64, 20.0), (3, 600.0)])
def test_messages_are_those_of_ranks(
    description: NetworkDescription, size: int, per_step: float
) -> None:
    surrogate = world(description, 1, size, per_step)
    exchange = SpikeExchange(surrogate, STEPS, capacity=1)
    smallest = exchange.width
    exchange.send[:3] = 1, 1, 0
    exchange.send[1 + STEPS] = 77
    for interval in range(3):
        # In a busy network the first message is too small: the same spikes come again.
        found = messages(*exchange.exchange(), size)
        assert found[1] == [[77], [], [], []]
        for slot in range(STEPS):
            everybody = surrogate.spikes_of(interval * STEPS + slot)
            others = everybody[Owners(description, size).of(everybody) != 1]
            sent = [gid for rank in range(size) if rank != 1 for gid in found[rank][slot]]
            assert sorted(sent) == others.tolist()
            for rank in range(size):
                gids = np.array(found[rank][slot], dtype=int)
                assert (np.diff(gids) > 0).all()
                assert rank == 1 or (Owners(description, size).of(gids) == rank).all()
    assert (exchange.width > smallest) == (per_step > 100)


@pytest.mark.parametrize(("size", "per_step"), [(5, 3.0), (3, 600.0)])
def test_messages_written_ahead_are_those_that_are_sent(
    description: NetworkDescription, size: int, per_step: float
) -> None:
    sent = SpikeExchange(world(description, 1, size, per_step), STEPS, capacity=1)
    ahead = world(description, 1, size, per_step, n_ahead=5)
    capacity = buffer_words(STEPS, 1000 * STEPS)
    memory = ahead.share_memory(4 * shared_buffer_words(size, capacity, ahead.n_ahead))
    assert memory is not None
    buffers = memory.view(np.uint32).reshape(5, size, capacity)
    interval = 0
    for n in (3, 5, 5, 1):
        ahead.write_ahead(buffers, n)
        for _ in range(n):
            found = messages(buffers[interval % 5].ravel(), capacity, size)
            assert found == messages(*sent.exchange(), size)
            interval += 1
    assert world(description, 1, size, per_step).share_memory(8) is None


def test_memory_of_messages_written_ahead_is_known(description: NetworkDescription) -> None:
    ahead = world(description, 1, 4, 400.0, n_ahead=1000)
    capacity = buffer_words(STEPS, 60_000)
    memory = ahead.share_memory(4 * shared_buffer_words(4, capacity, ahead.n_ahead))
    assert memory is not None
    buffers = memory.view(np.uint32).reshape(1000, 4, capacity)
    ahead.write_ahead(buffers, 2)
    assert ahead.bytes_ahead == 0
    process = psutil.Process()
    before = process.memory_info().rss
    ahead.write_ahead(buffers, 998)
    # Four ranks with 330 spikes of 4 bytes each, on one page or two.
    taken = process.memory_info().rss - before
    assert 998 * 4 * mmap.PAGESIZE < taken < 0.05 * memory.size
    assert ahead.bytes_ahead == pytest.approx(taken, rel=0.1)


def test_spikes_do_not_depend_on_who_listens(description: NetworkDescription) -> None:
    one, other = world(description, 0, 4, 5.0), world(description, 6, 9, 5.0)
    for step in (3, 0, 100_000):
        assert one.spikes_of(step).tolist() == other.spikes_of(step).tolist()
    assert one.spikes_of(0).tolist() != one.spikes_of(1).tolist()


def test_as_many_spikes_as_asked_for(description: NetworkDescription) -> None:
    # 4,000 steps with 5 expected: the sum has a standard deviation of 0.7 %, of the part 1.3 %.
    surrogate = world(description, 0, 4, 5.0)
    gids = np.concatenate([surrogate.spikes_of(step) for step in range(4000)])
    assert gids.size == pytest.approx(20_000, rel=0.03)
    assert (gids >= 700).mean() == pytest.approx(0.3, rel=0.05)


def test_other_calls(description: NetworkDescription) -> None:
    surrogate = world(description, 2, 4, 5.0)
    send, receive = np.array([1.5, 2.5]), np.zeros(8)
    surrogate.allgather_into(send, receive)
    assert receive.tolist() == [1.5, 2.5] * 4
    assert surrogate.allgather_object("a") == ["a"] * 4
    assert surrogate.gather_object("a") is None
    assert surrogate.gather_object("a", 2) == ["a"] * 4
    assert surrogate.bcast_object("a") == "a"
