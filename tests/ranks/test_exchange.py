"""The exchange room on real ranks; the logic is tested in tests/unit/exchange."""

from __future__ import annotations

from multiprocessing import get_context

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import RankError
from distsnn.exchange import (
    SpikeExchange,
    World,
    current_world,
    one_per_host_first,
    raising_together,
)
from distsnn.exchange.worlds import pickled

COUNTS = (1, 2, 3, 4, 7)


def fill(exchange: SpikeExchange, counts: list[int], first_gid: int) -> np.ndarray:
    """Write a message with the given number of spikes in each step."""
    total = sum(counts)
    gids = np.arange(first_gid, first_gid + total, dtype=np.uint32)
    exchange.send[0] = total
    exchange.send[1 : exchange.header] = counts
    exchange.send[exchange.header : exchange.header + total] = gids
    return gids


def check(exchange: SpikeExchange, messages: list[tuple[list[int], int]]) -> None:
    """Exchange, every rank r sending messages[r], and compare what arrives."""
    counts, first_gid = messages[exchange.world.rank]
    fill(exchange, counts, first_gid)
    received, width = exchange.exchange()
    assert received.dtype == np.uint32
    for rank, (counts, first_gid) in enumerate(messages):
        message = received[rank * width : (rank + 1) * width]
        total = sum(counts)
        assert message[0] == total
        np.testing.assert_array_equal(message[1 : exchange.header], counts)
        gids = message[exchange.header : exchange.header + total]
        np.testing.assert_array_equal(gids, np.arange(first_gid, first_gid + total))


@pytest.mark.ranks(*COUNTS)
def test_collective_calls(world: World) -> None:
    send = np.array([world.rank, 10 * world.rank], dtype=np.uint32)
    receive = np.zeros(2 * world.size, dtype=np.uint32)
    world.allgather_into(send, receive)
    np.testing.assert_array_equal(receive[::2], np.arange(world.size))
    np.testing.assert_array_equal(receive[1::2], 10 * np.arange(world.size))
    assert world.allgather_object(str(world.rank)) == [str(r) for r in range(world.size)]
    sent = [np.full(r, world.rank) for r in range(world.size)]
    for r, received in enumerate(world.alltoall_object(sent)):
        np.testing.assert_array_equal(received, np.full(world.rank, r))
    assert world.offset(3) == (3 * world.rank, 3 * world.size)
    last = world.size - 1
    assert world.bcast_object({"from": world.rank}, root=last) == {"from": last}
    gathered = world.gather_object(world.rank, root=last)
    assert gathered == (list(range(world.size)) if world.rank == last else None)
    world.barrier()


@pytest.mark.ranks(1, 2, 3)
def test_objects_larger_than_mpi_can_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Twelve bytes of a rank at a time, where it is 2^30 of all ranks else.
    monkeypatch.setattr(pickled, "MOST_BYTES", 12 * world.size)
    ranks, last = range(world.size), world.size - 1

    def made(a: int, b: int) -> np.ndarray:
        return np.arange(100 * a + 37 * b, dtype=np.int64) + a

    for r, found in enumerate(world.allgather_object(made(world.rank, 1))):
        np.testing.assert_array_equal(found, made(r, 1))
    gathered = world.gather_object(made(world.rank, 2), root=last)
    assert (gathered is None) == (world.rank != last)
    for r, found in enumerate(gathered or []):
        np.testing.assert_array_equal(found, made(r, 2))
    np.testing.assert_array_equal(world.bcast_object(made(world.rank, 3), last), made(last, 3))
    for r, found in enumerate(world.alltoall_object([made(world.rank, to) for to in ranks])):
        np.testing.assert_array_equal(found, made(r, world.rank))


@pytest.mark.ranks(*COUNTS)
def test_spikes_of_all_ranks_arrive(world: World) -> None:
    exchange = SpikeExchange(world, n_steps=3, capacity=5000)
    ranks = range(world.size)
    check(exchange, [([r, 2, 1], 1000 * r) for r in ranks])
    # Silent intervals, silent ranks, and one rank alone that overflows.
    check(exchange, [([0, 0, 0], 0) for _ in ranks])
    check(exchange, [([0, 5 * (r % 2), 0], 1000 * r) for r in ranks])
    last = world.size - 1
    check(exchange, [([0, 0, 5000 * (r == last)], 10 * r) for r in ranks])
    check(exchange, [([1, 0, 0], r) for r in ranks])
    assert exchange.n_exchanges == 5


@pytest.mark.ranks(2)
def test_width_follows_the_activity(world: World) -> None:
    exchange = SpikeExchange(world, n_steps=1, capacity=20_000)
    smallest = exchange.width
    check(exchange, [([20_000], 0) for _ in range(world.size)])
    assert exchange.width >= 20_001
    for _ in range(2200):
        check(exchange, [([1], r) for r in range(world.size)])
    assert exchange.width <= 2 * smallest
    assert len(set(world.allgather_object(exchange.width))) == 1
    assert exchange.seconds_transfer > 0.0
    assert exchange.seconds_waiting >= 0.0


@pytest.mark.ranks(2, 3)
def test_an_error_of_one_rank_becomes_one_of_all(world: World) -> None:
    message = "reading: rank 1 failed: ZeroDivisionError"
    with pytest.raises(RankError, match=message) as caught, raising_together(world, "reading"):
        _ = 1 / (world.rank - 1)
    assert caught.value.rank == 1
    assert "Traceback" in caught.value.trace


@pytest.mark.ranks(2, 3)
def test_one_per_host_first(world: World, shared_path) -> None:
    marker = shared_path / "made"
    with one_per_host_first(world):
        assert marker.exists() == (world.rank > 0)
        marker.touch()


def _spikes_of_two_neurons() -> tuple[int, list[int]]:
    cells = snn.NeuronGroup(2, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, spikes).run(20.0)
    return current_world().size, spikes.i.tolist()


@pytest.mark.ranks(2)
def test_a_process_that_a_rank_forks_runs_alone(world: World) -> None:
    with get_context("fork").Pool(1) as pool:
        size, found = pool.apply_async(_spikes_of_two_neurons).get(timeout=120)
    assert size == 1
    assert world.allgather_object(found) == [_spikes_of_two_neurons()[1]] * 2
