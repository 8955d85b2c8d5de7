"""Values of synapses: drawn by identity alone, or taken from arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_delays import DelaySteps, delay_part
from distsnn.assemble.edges.edge_values import edge_values
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.values.draws import drawn_values
from distsnn.describe.values.given import Distribution, LogNormal, Normal, PerSource, Uniform
from distsnn.errors import ParameterError
from distsnn.layout.delays import AXONAL, NO_DELAYS

KEY = (123, 456)
MAJOR = np.arange(20_000, dtype=np.int64) // 10
K = np.arange(20_000, dtype=np.int64) % 10

EDGES = Edges(K, MAJOR, MAJOR, K)


def connection(delay: object = 1.0, name: str = "S") -> tuple[ConnectEdges, DelaySteps]:
    """A connection of 2 sources to 2 targets, and its delays."""
    cells = snn.NeuronGroup(2, snn.LIF(), name="cells")
    synapses = snn.Synapses(cells, cells, snn.Delta(), weight=1.0, delay=delay, name=name)
    synapses.connect()
    description = snn.Network(cells, synapses, seed=3).description
    projection = description.projections[0]
    delays = delay_part(description, projection, AXONAL, NO_DELAYS)
    return ConnectEdges.of(description, projection), delays


def values(given: object, edges: Edges = EDGES, name: str = "S") -> object:
    return edge_values(connection(name=name)[0], given, "weight")(edges)


DISTRIBUTIONS = [
    (Normal(1.0, 2.0), stats.norm(1.0, 2.0)),
    (Normal(1.0, 2.0, low=0.0), stats.truncnorm(-0.5, np.inf, 1.0, 2.0)),
    (Normal(0.0, 1.0, low=2.0, high=2.5), stats.truncnorm(2.0, 2.5)),
    (LogNormal(0.3, 0.5), stats.lognorm(0.5, scale=np.exp(0.3))),
    (Uniform(-3.0, 7.0), stats.uniform(-3.0, 10.0)),
]


@pytest.mark.parametrize(("distribution", "expected"), DISTRIBUTIONS)
def test_draws_follow_the_distribution(distribution: Distribution, expected) -> None:
    found = values(distribution)
    assert stats.kstest(found, expected.cdf).pvalue > 1e-3
    assert np.unique(found).size > 19_000


@pytest.mark.parametrize("distribution", [d for d, _ in DISTRIBUTIONS])
def test_draws_depend_on_the_identity_alone(distribution: Distribution) -> None:
    whole = values(distribution)
    some = np.random.default_rng(1).permutation(20_000)[:777]
    assert np.array_equal(values(distribution, EDGES.taken(some)), whole[some])
    other = values(distribution, name="T")
    assert not np.any(other == whole)


@pytest.mark.parametrize(
    ("distribution", "value"),
    [(Normal(2.5, 0.0), 2.5), (LogNormal(0.0, 0.0), 1.0), (Uniform(4.0, 4.0), 4.0)],
)
def test_distributions_without_spread(distribution: Distribution, value: float) -> None:
    out = drawn_values(distribution, MAJOR[:5], K[:5], KEY)
    assert out.tolist() == [value] * 5


def test_bounds_hold_to_the_last_bit() -> None:
    for distribution in (
        Normal(0.0, 1.0, low=-0.1, high=0.1),
        Uniform(0.1, 0.3),
        LogNormal(0.0, 1.0, low=0.7, high=0.7000001),
    ):
        found = values(distribution)
        assert found.min() >= distribution.low
        assert found.max() <= distribution.high


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (Uniform(0.12, 1.77), stats.uniform(0.12, 1.65)),
        (Normal(1.0, 0.4, low=0.1), stats.truncnorm(-2.25, np.inf, 1.0, 0.4)),
        (LogNormal(0.0, 0.5, low=0.2, high=3.0), None),
    ],
)
def test_delays_are_drawn_then_rounded(delay: Distribution, expected) -> None:
    sampler = connection(delay)[1]
    steps = sampler.steps(EDGES)
    assert sampler.first <= steps.min() <= steps.max() <= sampler.last
    low, high = delay.cdf(delay.low), delay.cdf(min(delay.high, 1e9))
    cdf = expected.cdf if expected else lambda x: (delay.cdf(x) - low) / (high - low)
    bounds = (np.arange(sampler.first, sampler.last + 2) - 0.5) * 0.1
    cumulative = np.clip([cdf(b) for b in bounds], 0, 1)
    # What lies below the first or above the last bound is rounded to them.
    cumulative[0], cumulative[-1] = 0.0, 1.0
    probability = np.diff(cumulative)
    found = np.bincount(steps - sampler.first, minlength=probability.size)
    often = probability * steps.size > 5
    rare = ~often
    n = np.append(found[often], found[rare].sum())
    p = np.append(probability[often], probability[rare].sum()) * steps.size
    n, p = n[p > 0], p[p > 0]
    assert stats.chi2.sf(((n - p) ** 2 / p).sum(), n.size - 1) > 1e-3
    some = np.arange(5, 20_000, 37)
    assert np.array_equal(sampler.steps(EDGES.taken(some)), steps[some])


def test_arrays_are_taken_by_pair_or_by_source() -> None:
    pairs = Edges(*np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]]))
    assert values(np.array([[0.5, 1.5], [2.5, 3.5]]), pairs).tolist() == [2.5, 0.5, 1.5]
    sampler = connection(np.array([[0.5, 0.25], [1.0, 0.0]]))[1]
    assert sampler.steps(pairs).tolist() == [10, 5, 3]
    assert (sampler.first, sampler.last) == (0, 10)
    sampler = connection(PerSource([0.5, 1.0]))[1]
    assert sampler.steps(pairs).tolist() == [10, 5, 5]
    assert (sampler.first, sampler.last) == (5, 10)


def test_numbers_stay_numbers() -> None:
    assert values(2.5) == 2.5
    assert connection(1.25)[1].steps(EDGES) == 13
    assert connection(Uniform(1.01, 1.02))[1].steps(EDGES) == 10


def test_a_negative_delay() -> None:
    with pytest.raises(ParameterError, match=r"^S: delay can be -1\.0 ms; "):
        connection(-1.0)
