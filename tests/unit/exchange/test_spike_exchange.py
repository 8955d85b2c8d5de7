from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distsnn.errors import DistsnnError
from distsnn.exchange import SerialWorld, SpikeExchange, World, run_loopback

Interval = list[list[int]]  # [rank][step]: number of spikes


def fill(exchange: SpikeExchange, counts: list[int], first_gid: int) -> None:
    total = sum(counts)
    exchange.send[0] = total
    exchange.send[1 : exchange.header] = counts
    gids = np.arange(first_gid, first_gid + total, dtype=np.uint32)
    exchange.send[exchange.header : exchange.header + total] = gids


def play(world: World, n_steps: int, intervals: list[Interval]) -> SpikeExchange:
    most = max((sum(interval[world.rank]) for interval in intervals), default=0)
    exchange = SpikeExchange(world, n_steps, most)
    for interval in intervals:
        fill(exchange, interval[world.rank], 10_000 * world.rank)
        received, width = exchange.exchange()
        assert received.size == world.size * width
        for rank, counts in enumerate(interval):
            message = received[rank * width :]
            total = sum(counts)
            assert message[0] == total
            assert message[1 : exchange.header].tolist() == counts
            gids = message[exchange.header : exchange.header + total]
            assert gids.tolist() == list(range(10_000 * rank, 10_000 * rank + total))
    return exchange


@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data(), size=st.integers(1, 4), n_steps=st.integers(1, 5))
def test_every_rank_receives_what_every_rank_sent(data: st.DataObject, size: int, n_steps: int):
    counts = st.lists(
        st.one_of(st.just(0), st.integers(0, 400)), min_size=n_steps, max_size=n_steps
    )
    interval = st.lists(counts, min_size=size, max_size=size)
    intervals = data.draw(st.lists(interval, max_size=6))
    exchanges = run_loopback(size, lambda world: play(world, n_steps, intervals))
    assert len({exchange.width for exchange in exchanges}) == 1


def gathered(world: World, n_steps: int, intervals: list[Interval]) -> list[int]:
    """Words that a rank gives to each Allgather."""
    widths: list[int] = []
    allgather = world.allgather_into

    def noted(send: np.ndarray, receive: np.ndarray) -> None:
        widths.append(send.size)
        allgather(send, receive)

    world.allgather_into = noted
    play(world, n_steps, intervals)
    return widths


def test_overflow_happens_once_for_a_level_of_activity() -> None:
    intervals: list[Interval] = [[[300], [0]]] * 3 + [[[0], [310]]] * 3
    for widths in run_loopback(2, lambda world: gathered(world, 1, intervals)):
        assert widths == [256] + [512] * 6


def test_messages_shrink_after_a_burst() -> None:
    intervals: list[Interval] = [[[50_000], [0]]] + [[[2], [1]]] * 2100
    for exchange in run_loopback(2, lambda world: play(world, 1, intervals)):
        assert exchange.width == 512


def test_silence() -> None:
    silent: list[Interval] = [[[0, 0]] * 3] * 5
    assert run_loopback(3, lambda world: gathered(world, 2, silent)) == [[256] * 5] * 3


def test_many_steps_make_a_long_header() -> None:
    intervals: list[Interval] = [[[1] * 1000, [0] * 1000]]
    for exchange in run_loopback(2, lambda world: play(world, 1000, intervals)):
        assert exchange.header == 1001
        assert exchange.width >= 2001


def test_one_rank_copies_nothing() -> None:
    exchange = SpikeExchange(SerialWorld(), n_steps=2, capacity=3)
    fill(exchange, [1, 2], 7)
    received, width = exchange.exchange()
    assert received is exchange.send
    assert width == received.size
    assert (exchange.seconds_waiting, exchange.seconds_transfer) == (0.0, 0.0)


def test_one_rank_with_two_rooms_for_many_spikes() -> None:
    play(SerialWorld(), 2, [[[3, 0]], [[4000, 3000]], [[0, 0]]])


def test_arrays_are_plain() -> None:
    exchange = SpikeExchange(SerialWorld(), n_steps=4, capacity=0)
    assert exchange.send.dtype == np.uint32
    assert exchange.send.flags.c_contiguous


def test_more_spikes_than_room() -> None:
    exchange = SpikeExchange(SerialWorld(), n_steps=1, capacity=300)
    exchange.send[0] = 301
    with pytest.raises(DistsnnError, match="301 spikes in an interval; there is room for 300"):
        exchange.exchange()


@pytest.mark.parametrize("n_steps", [0, -1])
def test_an_interval_has_steps(n_steps: int) -> None:
    with pytest.raises(DistsnnError, match="steps per interval"):
        SpikeExchange(SerialWorld(), n_steps, 1)


def test_times_add_up() -> None:
    exchanges = run_loopback(2, lambda world: play(world, 1, [[[1], [1]]] * 40))
    for exchange in exchanges:
        assert exchange.seconds_waiting >= 0.0
        assert exchange.seconds_transfer > 0.0


def test_one_allgather_per_interval() -> None:
    intervals: list[Interval] = [[[1], [1]]] * 50
    assert run_loopback(2, lambda world: gathered(world, 1, intervals)) == [[256] * 50] * 2


@pytest.mark.parametrize("asking", [[1], [0, 2], []])
def test_all_ranks_learn_that_one_asks_to_stop(asking: list[int]) -> None:
    # The second interval does not fit the messages of the first.
    intervals = [[[3, 0], [0, 0], [1, 1]], [[900, 5], [0, 2], [0, 0]]]

    def job(world: World) -> list[bool]:
        exchange = SpikeExchange(world, 2, capacity=1000)
        found = []
        for number, interval in enumerate(intervals):
            exchange.stop = number == 1 and world.rank in asking
            fill(exchange, interval[world.rank], 10_000 * world.rank)
            received, width = exchange.exchange()
            assert received[::width].tolist() == [sum(counts) for counts in interval]
            found.append(exchange.stopping)
        return found

    assert run_loopback(3, job) == [[False, bool(asking)]] * 3
