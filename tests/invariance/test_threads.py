"""The number of threads of each rank is not part of the result either: not to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.invariance.test_ranks import Result, assert_same, n_spikes, simulated
from tests.networks import Plan, Projection

SPLITS = ((1, 1), (1, 2), (1, 3), (2, 2), (3, 1), (2, 3), (1, 7))


def check(job: Callable[[World], Result], splits: tuple[tuple[int, int], ...] = SPLITS) -> Result:
    """Every rank of every number of ranks and threads finds the same; what that is."""
    first: Result | None = None
    for ranks, threads in splits:

        def play(world: World, threads: int = threads) -> Result:
            snn.set_threads(threads)
            return job(world)

        for found in run_loopback(ranks, play):
            first = first or found
            assert_same(first, found)
    assert first is not None
    return first


def test_static_networks() -> None:
    plan = Plan(
        3,
        (30, 11),
        (5,),
        (("cuba", "delta"), ("coba",)),
        (
            Projection(0, 0, 0, "indegree", "uniform", "normal"),
            Projection(0, 0, 1, "p", "number", "number", (0.0, 0.6), (0.3, 1.0)),
            Projection(0, 1, 0, "total", "array", "array"),
            Projection(2, 0, 0, "p", "number", "one step"),
            Projection(2, 1, 0, "all", "number", "one step"),
        ),
        poisson=True,
    )
    assert n_spikes(check(simulated(plan, 30.0, 30.0))) > 100


@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1)])
def test_fewer_neurons_than_threads(sizes: tuple[int, ...]) -> None:
    plan = Plan(
        6,
        sizes,
        (1,),
        (("cuba",),) * len(sizes),
        (
            Projection(len(sizes), 0, 0, "all", "number", "one step"),
            Projection(0, len(sizes) - 1, 0, "all", "normal", "zero"),
        ),
        poisson=True,
    )
    assert n_spikes(check(simulated(plan, 50.0))) > 10
