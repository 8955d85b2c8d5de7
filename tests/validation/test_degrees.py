"""Degrees and pairs of every rule are distributed as the rule says.

Theory. Let P be the set of allowed pairs (autapses excluded if so asked), a_s and b_t the number
of allowed targets of source s and sources of target t, and B, H the binomial and hypergeometric
distributions.

- Bernoulli(p): the out-degree of s is B(a_s, p), the in-degree of t is B(b_t, p).
- FixedIndegree(K): pair (s, t) has B(K, 1/b_t) synapses, or with multapses=False one with
  probability K/b_t; targets are independent, so the out-degree of s is the sum over its a_s
  allowed targets.
- FixedOutdegree(K): the same with sources and targets exchanged.
- FixedTotalNumber(K): the out-degree of s is B(K, a_s/|P|), or with multapses=False
  H(|P|, a_s, K); the in-degree of t is the same with b_t.

Small projections are drawn with 3000 keys each, and a degree of one neuron compared with its
exact distribution by chi-square (expected counts >= 5 after pooling the tails). Large ones
take the rejection algorithms in the tree: the degrees n_i of one draw of K synapses, uniform
over neurons, give X^2 = sum (n_i - K/N)^2 / (K/N), times (|P| - 1)/(|P| - K) without multapses,
which is chi-square with N - 1 degrees of freedom.

Tolerance: p > 1e-4 for each of about 60 comparisons; keys are fixed, so the result is too.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.rules import Bernoulli
from tests.connections import all_edges

N_SOURCE, N_TARGET, SHIFT = 12, 9, -2
N_KEYS = 3000
P_MIN = 1e-4
FLAGS = list(itertools.product([True, False], repeat=2))


def allowed(autapses):
    """Say of each pair (source, target) whether it may be joined."""
    s, t = np.indices((N_SOURCE, N_TARGET))
    return np.ones(s.shape, dtype=bool) if autapses else s + SHIFT != t


def drawn_counts(rule):
    """Count the synapses of each pair for each key."""
    counts = np.zeros((N_KEYS, N_SOURCE, N_TARGET), dtype=np.int64)
    for key in range(N_KEYS):
        drawn = all_edges(rule, N_SOURCE, N_TARGET, SHIFT, (key, 99))
        np.add.at(counts[key], (drawn.source, drawn.target), 1)
    return counts


def assert_distributed(sample, pmf):
    """Compare numbers with the probabilities of 0, 1, ... by chi-square."""
    observed = np.bincount(sample, minlength=pmf.size)
    assert observed.size == pmf.size
    expected = pmf / pmf.sum() * len(sample)
    order = np.argsort(expected)
    rare = order[np.cumsum(expected[order]) < 5]
    common = np.setdiff1d(order, rare)
    if common.size <= 1:
        assert observed[rare].sum() <= 25
        return
    o = np.append(observed[common], observed[rare].sum())
    e = np.append(expected[common], expected[rare].sum())
    if e[-1] < 5:
        o, e = np.append(o[1:-1], o[0] + o[-1]), np.append(e[1:-1], e[0] + e[-1])
    if o.size > 1:
        assert stats.chisquare(o, e).pvalue > P_MIN


def sum_of(pmfs):
    total = np.array([1.0])
    for pmf in pmfs:
        total = np.convolve(total, pmf)
    return total


def per_neuron(degree, n_allowed, multapses):
    """Give the distribution of the synapses of one pair when a neuron has `degree` of them."""
    if multapses:
        return stats.binom.pmf(np.arange(degree + 1), degree, 1 / n_allowed)
    return np.array([1 - degree / n_allowed, degree / n_allowed])


@pytest.mark.parametrize("autapses", [True, False])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.8])
def test_bernoulli(p, autapses):
    counts, pairs = drawn_counts(Bernoulli(p, autapses)), allowed(autapses)
    assert counts.max() == 1
    assert np.all(counts[:, ~pairs] == 0)
    for s in (0, 4, N_SOURCE - 1):
        n = pairs[s].sum()
        assert_distributed(counts[:, s].sum(axis=1), stats.binom.pmf(np.arange(n + 1), n, p))
    for t in (0, 5, N_TARGET - 1):
        n = pairs[:, t].sum()
        assert_distributed(counts[:, :, t].sum(axis=1), stats.binom.pmf(np.arange(n + 1), n, p))


@pytest.mark.parametrize(("autapses", "multapses"), FLAGS)
def test_fixed_indegree(autapses, multapses):
    degree = 5
    counts = drawn_counts(FixedIndegree(degree, autapses, multapses))
    pairs = allowed(autapses)
    assert np.all(counts.sum(axis=1) == degree)
    for s in (0, 4, N_SOURCE - 1):
        targets = np.flatnonzero(pairs[s])
        pmfs = [per_neuron(degree, pairs[:, t].sum(), multapses) for t in targets]
        assert_distributed(counts[:, s].sum(axis=1), sum_of(pmfs))
        assert_distributed(counts[:, s, targets[0]], pmfs[0])


@pytest.mark.parametrize(("autapses", "multapses"), FLAGS)
def test_fixed_outdegree(autapses, multapses):
    degree = 5
    counts = drawn_counts(FixedOutdegree(degree, autapses, multapses))
    pairs = allowed(autapses)
    assert np.all(counts.sum(axis=2) == degree)
    for t in (0, 5, N_TARGET - 1):
        sources = np.flatnonzero(pairs[:, t])
        pmfs = [per_neuron(degree, pairs[s].sum(), multapses) for s in sources]
        assert_distributed(counts[:, :, t].sum(axis=1), sum_of(pmfs))
        assert_distributed(counts[:, sources[0], t], pmfs[0])


@pytest.mark.parametrize("number", [30, 70])
@pytest.mark.parametrize(("autapses", "multapses"), FLAGS)
def test_fixed_total_number(number, autapses, multapses):
    counts = drawn_counts(FixedTotalNumber(number, autapses, multapses))
    pairs = allowed(autapses)
    assert np.all(counts.sum(axis=(1, 2)) == number)

    def pmf(n):
        if multapses:
            return stats.binom.pmf(np.arange(number + 1), number, n / pairs.sum())
        return stats.hypergeom.pmf(np.arange(number + 1), pairs.sum(), n, number)

    for s in (0, 4, N_SOURCE - 1):
        assert_distributed(counts[:, s].sum(axis=1), pmf(pairs[s].sum()))
    for t in (0, 5, N_TARGET - 1):
        assert_distributed(counts[:, :, t].sum(axis=1), pmf(pairs[:, t].sum()))
    assert_distributed(counts[:, 4, 5], pmf(1))


@pytest.mark.parametrize(
    ("rule", "own"),
    [
        (FixedTotalNumber(300_000), "target"),
        (FixedTotalNumber(300_000), "source"),
        (FixedTotalNumber(300_000, multapses=False), "target"),
        (FixedTotalNumber(300_000, multapses=False), "source"),
        (FixedIndegree(300), "source"),
        (FixedIndegree(300, multapses=False), "source"),
        (FixedOutdegree(300), "target"),
        (FixedOutdegree(300, multapses=False), "target"),
    ],
)
def test_large_projections(rule, own):
    n = 1000
    drawn = all_edges(rule, n, n, None, (3, 4))
    degrees = np.bincount(getattr(drawn, own), minlength=n)
    statistic = np.sum((degrees - 300.0) ** 2) / 300.0
    if not rule.multapses:
        pairs = n * n if isinstance(rule, FixedTotalNumber) else n
        number = 300_000 if isinstance(rule, FixedTotalNumber) else 300
        statistic *= (pairs - 1) / (pairs - number)
    p = stats.chi2(n - 1).sf(statistic)
    assert P_MIN < p < 1 - P_MIN
