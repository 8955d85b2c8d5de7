"""Spikes found, sent, merged and kept, against obvious loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from distsnn.kernels.deliver import spikes


@pytest.fixture(params=[False, True], ids=["compiled", "python"])
def kernel(request: pytest.FixtureRequest) -> Callable[[str], Callable]:
    def chosen(name: str) -> Callable:
        function = getattr(spikes, name)
        return function.py_func if request.param else function

    return chosen


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 100])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_flags_become_a_list(kernel, n: int, density: float) -> None:
    words = np.zeros(-(-n // 8), dtype=np.uint64)
    flags = words.view(np.uint8)
    flags[:n] = np.random.default_rng(n).random(n) < density
    found = np.zeros(n, dtype=np.int32)
    count = kernel("collect_spikes")(words, flags, found)
    assert found[:count].tolist() == [lid for lid in range(n) if flags[lid]]


def test_a_message(kernel) -> None:
    send = np.full(20, 99, dtype=np.uint32)
    kernel("clear_message")(send, 3)
    assert send[:4].tolist() == [0] * 4
    assert send[4] == 99
    gid_of_lid = np.array([10, 11, 20], dtype=np.uint32)
    lids = np.array([0, 2, 7], dtype=np.int32)
    kernel("send_spikes")(send, 3, 0, lids, 2, gid_of_lid)
    kernel("send_spikes")(send, 3, 0, lids, 0, gid_of_lid)
    kernel("send_spikes")(send, 3, 2, np.array([1], dtype=np.int32), 1, gid_of_lid)
    assert send[:7].tolist() == [3, 2, 0, 1, 10, 20, 11]


def messages(
    rng: np.random.Generator, n_ranks: int, n_steps: int, width: int, density: float
) -> tuple[np.ndarray, list[list[int]]]:
    """A message of each rank, and all gids of each step, ascending."""
    gids = rng.permutation(40 * n_ranks).reshape(n_ranks, 40)
    receive = rng.integers(0, 1000, n_ranks * width).astype(np.uint32)
    steps: list[list[int]] = [[] for _ in range(n_steps)]
    for rank in range(n_ranks):
        message = receive[rank * width : (rank + 1) * width]
        at = 1 + n_steps
        for slot in range(n_steps):
            # One group after the other, each ascending, is ascending in all.
            own = np.sort(gids[rank][rng.random(40) < density])
            message[1 + slot] = own.size
            message[at : at + own.size] = own
            at += own.size
            steps[slot] += own.tolist()
        message[0] = at - 1 - n_steps
    return receive, [sorted(step) for step in steps]


@pytest.mark.parametrize("n_messages", [2, 3, 7])
@pytest.mark.parametrize("density", [0.0, 0.05, 1.0])
def test_messages_become_one(kernel, n_messages: int, density: float) -> None:
    n_steps, width = 3, 1 + 3 + 3 * 40
    receive, steps = messages(
        np.random.default_rng(n_messages), n_messages, n_steps, width, density
    )
    scratch = np.zeros(2 * 40 * n_messages, dtype=np.uint32)
    bounds, read_at = np.zeros(spikes.DIGITS, np.int64), np.zeros(n_messages, np.int64)
    send = np.full(n_messages * width, 99, dtype=np.uint32)
    kernel("join_messages")(receive, width, n_messages, n_steps, scratch, bounds, read_at, send)
    gids = [gid for step in steps for gid in step]
    assert send[: 1 + n_steps].tolist() == [len(gids), *map(len, steps)]
    assert send[1 + n_steps : 1 + n_steps + len(gids)].tolist() == gids
    assert (send[1 + n_steps + len(gids) :] == 99).all()


# So many spikes of 7 and 40 ranks are sorted by digits, of 40 by two.
@pytest.mark.parametrize("n_ranks", [1, 2, 3, 4, 7, 40])
@pytest.mark.parametrize("density", [0.0, 0.05, 1.0])
def test_messages_are_merged(kernel, n_ranks: int, density: float) -> None:
    n_steps, width = 3, 1 + 3 + 3 * 40
    rng = np.random.default_rng(n_ranks)
    gids = np.zeros(8192, dtype=np.uint32)
    begin = np.zeros(9, dtype=np.int64)
    scratch = np.zeros(2 * 40 * n_ranks, dtype=np.uint32)
    bounds, read_at = np.zeros(spikes.DIGITS, np.int64), np.zeros(n_ranks, np.int64)
    begin[4 % 9] = tail = 8100  # the ring wraps around
    receive, steps = messages(rng, n_ranks, n_steps, width, density)
    arriving = kernel("count_spikes")(receive, width, n_ranks)
    assert arriving == sum(map(len, steps))
    new = kernel("merge_spikes")(
        receive, width, n_ranks, n_steps, 4, n_steps, gids, begin, tail, scratch, bounds, read_at
    )
    assert new == tail + arriving
    at = tail
    for slot, expected in enumerate(steps):
        assert begin[(4 + slot) % 9] == at
        assert [gids[(at + q) % 8192] for q in range(len(expected))] == expected
        at += len(expected)
    assert begin[7 % 9] == at

    log_step, log_gid = np.zeros(6000, np.int64), np.zeros(6000, np.uint32)
    count = kernel("log_spikes")(gids, begin, 4, n_steps, log_step, log_gid, 5)
    assert count == 5 + arriving
    assert log_gid[5:count].tolist() == [gid for step in steps for gid in step]
    assert log_step[5:count].tolist() == [4 + k for k, step in enumerate(steps) for _ in step]


def test_a_cut_interval(kernel) -> None:
    """The last interval of a run has fewer steps than the header has room for."""
    receive = np.array([2, 1, 1, 0, 0, 7, 3, 0, 0], dtype=np.uint32)
    gids, begin = np.zeros(8, np.uint32), np.zeros(8, np.int64)
    tail = kernel("merge_spikes")(
        receive,
        9,
        1,
        4,
        0,
        2,
        gids,
        begin,
        0,
        np.zeros(8, np.uint32),
        np.zeros(2, np.int64),
        np.zeros(1, np.int64),
    )
    assert tail == 2
    assert gids[:2].tolist() == [7, 3]
    assert begin[:3].tolist() == [0, 1, 2]


@pytest.mark.parametrize("arriving", [0, 4, 5, 100])
def test_room_in_the_ring(kernel, arriving: int) -> None:
    # Spikes number 12 .. 15 are those of steps 5 .. 9; the longest delay is 4.
    begin = np.array([0, 0, 0, 0, 0, 12, 13, 13, 14, 15, 16], dtype=np.int64)
    room = kernel("ring_fits")(begin, 10, 4, 16, arriving, 8)
    assert room == (4 + arriving <= 8)
