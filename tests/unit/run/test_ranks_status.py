"""Memory and waiting of all ranks, as the first one shows them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from distsnn.exchange import World, run_loopback
from distsnn.run import ranks_status
from distsnn.run.ranks_status import RanksStatus, memory_used


def said(monkeypatch: pytest.MonkeyPatch, fractions: Sequence[float]) -> str:
    monkeypatch.setattr(ranks_status, "perf_counter", lambda: clock[0])
    clock = [0.0]

    def of_rank(world: World) -> str:
        waited = [5.0]
        status = RanksStatus(world, lambda: waited[0])
        world.barrier()
        clock[0] = 10.0
        waited[0] += 10.0 * fractions[world.rank]
        status.gather()
        assert status.n_bytes >= (world.size if world.rank == 0 else 1) * memory_used() * 0.5
        return status.waiting

    found = run_loopback(len(fractions), of_rank)
    assert set(found[1:]) <= {""}
    return found[0]


def test_few_ranks_are_named_each(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, [0.5]) == ""
    assert said(monkeypatch, [0.125, 0.25, 1.5]) == "12% 25% 100%"


def test_of_many_ranks_the_extremes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fractions = [0.25, 0.5, 0.0, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25]
    assert said(monkeypatch, fractions) == "0% (rank 2) to 75% (rank 6)"


def test_it_is_due_each_second_where_it_is_shown() -> None:
    def of_rank(world: World) -> tuple[bool, bool]:
        status = RanksStatus(world, time.perf_counter)
        status._last -= 2.0
        hidden = status.due()
        status.shown = True
        return hidden, status.due()

    assert run_loopback(1, of_rank) == [(False, True)]
