"""Poisson input, Poisson groups and generators of a rank."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from distsnn.assemble.groups.input_arrays import (
    SilenceTable,
    binomial_thresholds,
    poisson_thresholds,
)
from distsnn.assemble.rank.rank import build_rank
from distsnn.errors import ParameterError
from tests.program_arguments import by_name


@pytest.mark.parametrize("mean", [0.0, 1e-16, 1e-12, 1e-3, 0.5, 3.0, 20.0, 400.0, 20_000.0])
def test_thresholds_are_the_poisson_distribution(mean: float) -> None:
    lowest, thresholds = poisson_thresholds(mean)
    if thresholds.size == 0:
        # Nothing above 2^-48 but no event at all.
        assert lowest == 0
        assert stats.poisson.sf(0, mean) < 2.0**-47
        return
    assert np.all(np.diff(thresholds.astype(np.int64)) >= 0)
    counts = lowest + np.arange(thresholds.size)
    error = thresholds / 2.0**47 - stats.poisson.cdf(counts, mean)
    # The logarithm of a term is rounded to 2^-53 of about mean * log(mean).
    rounding = 2.0**-51 * (1 + mean * np.log1p(mean))
    assert np.abs(error).max() < 2.0**-47 + rounding
    assert stats.poisson.cdf(lowest - 1, mean) < 2.0**-46 + rounding
    assert stats.poisson.sf(counts[-1] + 1, mean) < 2.0**-46 + rounding
    # Counts have 16 bits.
    assert counts[-1] + 1 < 2**16


@pytest.mark.parametrize("p", [1e-13, 1e-4, 0.04, 0.5, 0.93, 1.0 - 1e-9])
@pytest.mark.parametrize("number", [1, 2, 20, 1000, 20_000, 10**9])
def test_thresholds_are_the_binomial_distribution(number: int, p: float) -> None:
    """Against exact sums of scipy, whose own error for many trials is about 1e-9 of a term."""
    if number * p > 20_000:
        return
    lowest, thresholds = binomial_thresholds(number, p)
    assert np.all(np.diff(thresholds.astype(np.int64)) >= 0)
    counts = lowest + np.arange(thresholds.size)
    exact = stats.binom(number, p)
    error = np.abs(thresholds / 2.0**47 - exact.cdf(counts))
    assert error.max(initial=0.0) < (1e-12 if number <= 20_000 else 1e-8)
    assert exact.cdf(lowest - 1) < 2.0**-46
    assert exact.sf(lowest + thresholds.size) < 2.0**-46
    assert lowest + thresholds.size < 2**16


def test_sure_events_are_counted() -> None:
    for number, p in ((7, 1.0), (0, 0.5), (7, 0.0)):
        lowest, thresholds = binomial_thresholds(number, p)
        assert (lowest, thresholds.size) == (number if p == 1.0 else 0, 0)


def arrays(*objects: object, rank: int = 0, size: int = 1, dt: float = 0.1) -> dict[str, object]:
    return by_name(build_rank(snn.Network(*objects, dt=dt).description, rank, size).arrays)


def test_generator_spikes_are_sorted_and_shared() -> None:
    index = [3, 0, 3, 1, 2, 0]
    times = [1.0, 0.5, 0.04, 0.5, 0.05, 2.0]
    group = snn.SpikeGeneratorGroup(4, index, times, name="given")
    found = arrays(group)
    assert found["g0__spike_step"].tolist() == [0, 0, 5, 5, 10, 20]
    assert found["g0__spike_source"].tolist() == [2, 3, 0, 1, 3, 0]
    together = []
    for rank in range(3):
        local = arrays(group, rank=rank, size=3)
        gid = local["g0__gid_of_lid"]
        together += [
            (step, gid[lid])
            for step, lid in zip(local["g0__spike_step"], local["g0__spike_source"], strict=True)
        ]
    assert sorted(together) == [(0, 2), (0, 3), (5, 0), (5, 1), (10, 3), (20, 0)]


@pytest.mark.parametrize("rank", [0, 1])
def test_a_source_spikes_once_in_a_step(rank: int) -> None:
    """On every rank the same error, whoever owns the source."""
    group = snn.SpikeGeneratorGroup(4, [3, 1, 3], [1.0, 2.0, 1.04], name="given")
    message = r"^given: source 3 spikes twice in the step at 1 ms; a source spikes at most once"
    with pytest.raises(ParameterError, match=message):
        arrays(group, rank=rank, size=2)
    assert arrays(group, rank=rank, size=2, dt=0.01)


@pytest.mark.parametrize("rates", [0.02, np.array([0.0, 0.1, 10.0]), snn.Uniform(0.0, 0.1)])
def test_probabilities_of_poisson_sources(rates: object) -> None:
    group = snn.PoissonGroup(3, rates, name="sources")
    whole = arrays(group)
    assert whole["g0__index_of_lid"].tolist() == [0, 1, 2]
    inverse = whole["g0__inverse"]
    if not isinstance(rates, snn.Uniform):
        with np.errstate(divide="ignore"):
            expected = 1 / np.log1p(-0.1 * np.broadcast_to(rates, 3))
        np.testing.assert_allclose(inverse, expected)
    assert len(set(inverse)) == (1 if isinstance(rates, float) else 3)
    for rank in range(2):
        local = arrays(group, rank=rank, size=2)
        for name in ("inverse", "tags", "most_silent"):
            assert (
                local[f"g0__{name}"].tolist()
                == whole[f"g0__{name}"][local["g0__index_of_lid"]].tolist()
            )


def test_silence() -> None:
    """At most where the gap is 128 steps, and nearly so."""
    p = np.array([0.0, 1e-6, 0.0015, 0.5, 1.0])
    table = SilenceTable.of(p)
    largest = 2.0**53 * (1 - p) ** 128
    assert table.most_silent[0] == 2**53
    assert (table.most_silent[1:] <= largest[1:]).all()
    assert (table.most_silent + 2.0**17 >= largest).all()
    assert len(set(table.tags.tolist())) == 5


def test_poisson_input_of_a_slice() -> None:
    cells = snn.NeuronGroup(10, snn.LIF(), name="cells")
    receptor = snn.Exponential(3.0)
    noise = snn.PoissonInput(cells[2:7], receptor, N=10, rate=0.5, weight=2.0)
    whole = arrays(cells, noise)
    assert whole["p0_first_index"].tolist() == [2]
    assert whole["p0_first_slot"].tolist() == [2]
    assert whole["p0_n_of_range"].tolist() == [5]
    sizes = [arrays(cells, noise, rank=rank, size=3)["p0_n_of_range"].sum() for rank in range(3)]
    assert sum(sizes) == 5
