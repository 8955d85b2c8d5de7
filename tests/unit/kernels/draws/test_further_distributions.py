"""Gamma, Poisson and binomial numbers, beside scipy's, and as values of a network."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from distsnn.assemble.values.draws import drawn_values
from distsnn.errors import ParameterError
from distsnn.kernels.draws.gamma import gamma_quantiles

PROBABILITIES = np.array([1e-12, 1e-6, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 1e-6])


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 2.5, 40.0, 900.0])
def test_quantiles_of_the_gamma_distribution(shape: float) -> None:
    expected = stats.gamma.ppf(PROBABILITIES, shape)
    found = PROBABILITIES.copy()
    gamma_quantiles(found, shape)
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    law = snn.Gamma(shape, 3.0)
    there = expected[expected > 1e-200]
    cdf = [law.cdf(3.0 * x) for x in there]
    np.testing.assert_allclose(cdf, stats.gamma.cdf(there, shape), rtol=1e-10)


def test_whole_numbers_have_their_probabilities() -> None:
    laws = {
        snn.Poisson(0.3): stats.poisson(0.3),
        snn.Poisson(70.0): stats.poisson(70.0),
        snn.Binomial(12, 0.3): stats.binom(12, 0.3),
        snn.Binomial(5, 1.0): stats.binom(5, 1.0),
    }
    for law, expected in laws.items():
        for x in (-1.0, 0.0, 1.0, 2.5, 5.0, 70.0, 200.0):
            assert law.cdf(x) == pytest.approx(expected.cdf(x), abs=1e-12), law


def test_draws_have_the_moments_of_the_law() -> None:
    n = 40_000
    major, k = np.arange(n), np.zeros(n, dtype=np.int64)
    laws = {
        snn.Gamma(2.5, 0.8): stats.gamma(2.5, scale=0.8),
        snn.Gamma(1.0, 3.0): stats.expon(scale=3.0),
        snn.Poisson(4.2): stats.poisson(4.2),
        snn.Binomial(9, 0.35): stats.binom(9, 0.35),
    }
    for law, expected in laws.items():
        found = drawn_values(law, major, k, (3, 4))
        mean, variance, kurtosis = (float(x) for x in expected.stats("mvk"))
        assert abs(found.mean() - mean) < 5 * np.sqrt(variance / n), law
        spread = variance * np.sqrt((kurtosis + 2.0) / n)
        assert abs(found.var() - variance) < 5 * spread, law
    inside = drawn_values(snn.Gamma(2.0, 1.0, low=1.0, high=2.0), major, k, (3, 4))
    assert inside.min() >= 1.0
    assert inside.max() <= 2.0


def test_they_are_values_of_synapses_and_neurons() -> None:
    cells = snn.NeuronGroup(50, snn.LIF(), name="cells")
    cells.V_m = snn.Gamma(3.0, 1.0)
    S = snn.Synapses(
        cells, cells, snn.Exponential(2.0), weight=snn.Poisson(3.0),
        delay=snn.Gamma(2.0, 0.5, low=0.1, high=3.0), name="S",
    )  # fmt: skip
    S.connect(p=0.4)
    E = snn.Synapses(cells, cells, "n : 1", on_pre="I_syn_post += n*pA", name="E")
    E.connect(p=0.2)
    E.n = snn.Binomial(6, 0.5)
    net = snn.Network(cells, S, E, seed=2)
    assert set(np.unique(S.w[:])) <= set(range(20))
    assert 2.5 < S.w[:].mean() < 3.5
    assert 0.1 <= S.delay.min() < S.delay.max() <= 3.0
    assert set(np.unique(E.n[:])) <= set(range(7))
    assert 2.4 < cells.V_m[:].mean() < 3.6
    net.run(1.0)


def test_what_is_no_distribution_is_refused() -> None:
    for make, said in (
        (lambda: snn.Gamma(0.0, 1.0), "shape must be > 0"),
        (lambda: snn.Gamma(1.0, 1.0, low=90.0), "no value lies in"),
        (lambda: snn.Poisson(-1.0), "mean is a number from 0"),
        (lambda: snn.Binomial(2.5, 0.5), "n is a whole number"),
        (lambda: snn.Binomial(3, 1.5), "p is a number from 0 to 1"),
    ):
        with pytest.raises(ParameterError, match=said):
            make()
