"""Values of synapses: drawn by identity alone, or taken from arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from distsnn.assemble.values.drawn_values import DelaySampler, draw_value, draw_weights
from distsnn.describe.values.given import Distribution, LogNormal, Normal, Uniform, Value
from distsnn.errors import ParameterError

KEY = (123, 456)
MAJOR = np.arange(20_000, dtype=np.int64) // 10
K = np.arange(20_000, dtype=np.int64) % 10

DISTRIBUTIONS = [
    (Normal(1.0, 2.0), stats.norm(1.0, 2.0)),
    (Normal(1.0, 2.0, low=0.0), stats.truncnorm(-0.5, np.inf, 1.0, 2.0)),
    (Normal(0.0, 1.0, low=2.0, high=2.5), stats.truncnorm(2.0, 2.5)),
    (LogNormal(0.3, 0.5), stats.lognorm(0.5, scale=np.exp(0.3))),
    (Uniform(-3.0, 7.0), stats.uniform(-3.0, 10.0)),
]


@pytest.mark.parametrize(("distribution", "expected"), DISTRIBUTIONS)
def test_draws_follow_the_distribution(distribution: Distribution, expected) -> None:
    found = draw_weights(distribution, MAJOR, K, None, KEY)
    assert stats.kstest(found, expected.cdf).pvalue > 1e-3
    assert np.unique(found).size > 19_000


@pytest.mark.parametrize("distribution", [d for d, _ in DISTRIBUTIONS])
def test_draws_depend_on_the_identity_alone(distribution: Distribution) -> None:
    whole = draw_weights(distribution, MAJOR, K, None, KEY)
    some = np.random.default_rng(1).permutation(20_000)[:777]
    assert np.array_equal(draw_weights(distribution, MAJOR[some], K[some], None, KEY), whole[some])
    other = draw_weights(distribution, MAJOR, K, None, (123, 457))
    assert not np.any(other == whole)


@pytest.mark.parametrize(
    ("distribution", "value"),
    [(Normal(2.5, 0.0), 2.5), (LogNormal(0.0, 0.0), 1.0), (Uniform(4.0, 4.0), 4.0)],
)
def test_distributions_without_spread(distribution: Distribution, value: float) -> None:
    out = np.empty(5)
    draw_value(out, distribution, MAJOR[:5], K[:5], KEY)
    assert out.tolist() == [value] * 5


def test_bounds_hold_to_the_last_bit() -> None:
    for distribution in (
        Normal(0.0, 1.0, low=-0.1, high=0.1),
        Uniform(0.1, 0.3),
        LogNormal(0.0, 1.0, low=0.7, high=0.7000001),
    ):
        found = draw_weights(distribution, MAJOR, K, None, KEY)
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
    sampler = DelaySampler("S", delay, 0.1, KEY)
    steps = sampler.steps(MAJOR, K, None)
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
    assert np.array_equal(sampler.steps(MAJOR[some], K[some], None), steps[some])


def test_arrays_are_taken_by_position() -> None:
    position = np.array([2, 0, 0])
    weight: Value = np.array([[0.5, 1.5], [2.5, 3.5]])
    found = draw_weights(weight, MAJOR[:3], K[:3], position, KEY)
    assert found.tolist() == [2.5, 0.5, 0.5]
    sampler = DelaySampler("S", np.array([[0.5, 0.25], [1.0, 0.0]]), 0.1, KEY)
    assert sampler.steps(MAJOR[:3], K[:3], np.array([0, 1, 3])).tolist() == [5, 3, 0]
    assert (sampler.first, sampler.last) == (0, 10)


def test_numbers_stay_numbers() -> None:
    assert draw_weights(2.5, MAJOR, K, None, KEY) == 2.5
    assert DelaySampler("S", 1.25, 0.1, KEY).steps(MAJOR, K, None) == 13
    assert DelaySampler("S", Uniform(1.01, 1.02), 0.1, KEY).steps(MAJOR, K, None) == 10


def test_a_negative_delay() -> None:
    with pytest.raises(ParameterError, match=r"^S: delay can be -1\.0 ms; "):
        DelaySampler("S", -1.0, 0.1, KEY)
