"""Drawn weights of 16 bits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from distsnn.assemble.values.draws import drawn_values
from distsnn.describe.values.given import Distribution
from distsnn.describe.values.rounded import CODES, Rounded
from distsnn.errors import ParameterError

N = 100_000


@pytest.mark.parametrize(
    "law",
    [
        snn.Normal(87.8, 8.78, low=0.0),
        snn.Normal(-3.0, 40.0),
        snn.Normal(2e7, 1.0),
        snn.LogNormal(0.0, 0.3),
        snn.LogNormal(0.5, 1.0, high=15.0),
        snn.Uniform(0.3, 0.4),
    ],
)
def test_what_is_drawn(law: Distribution) -> None:
    rounded = Rounded(law)
    unit, k, major = rounded.grid.unit, np.arange(N), np.zeros(N, dtype=np.int64)
    drawn, found = (drawn_values(d, major, k, (3, 4)) for d in (law, rounded))
    assert np.abs(found - drawn).max() <= unit / 2
    assert (found / unit == np.rint(found / unit)).all()
    assert math.frexp(unit)[0] == 0.5
    assert unit <= drawn.std() / 500
    low, high = rounded.bounds
    assert low <= found.min() <= found.max() <= high
    assert law.bounds[0] <= low <= high <= law.bounds[1]
    assert rounded.grid.last - rounded.grid.first < CODES
    # No draws further than seven standard deviations are lost: there are hardly any.
    assert drawn.min() >= low - unit
    assert drawn.max() <= high + unit


def test_values_have_the_law() -> None:
    """Rounding is far below what the distribution of many values shows."""
    found = drawn_values(Rounded(snn.Normal(5.0, 2.0)), np.zeros(N, "i8"), np.arange(N), (3, 4))
    assert stats.kstest(found, stats.norm(5.0, 2.0).cdf).pvalue > 1e-4


def test_grids_of_two() -> None:
    """One that is twice as wide, as in the cortical microcircuit, shares 16 bits."""
    for mean in (87.8, 100.0, 156.1, 0.7):
        one = Rounded(snn.Normal(mean, 0.1 * mean, low=0)).grid
        two = Rounded(snn.Normal(2 * mean, 0.2 * mean, low=0)).grid
        joined = one.joined(two)
        assert joined is not None
        assert joined == two.joined(one)
        assert joined.unit == one.unit
        assert (joined.first, joined.last) == (one.first, two.last * int(two.unit / one.unit))
    far = Rounded(snn.Normal(-351.0, 35.1, high=0)).grid
    assert far.joined(Rounded(snn.Normal(87.8, 8.78, low=0)).grid) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weight_bits": 8}, r"S: weight_bits=8; drawn weights have 32 bits or 16"),
        ({"weight": 3.0}, r"S: weight_bits=16 with weight=3.0; only weights that are drawn"),
        ({"weight": "3*pA*rand()"}, r"only weights that are drawn from a distribution"),
        ({"stdp": snn.STDP(0.1, 0.1, w_max=99.0)}, r"S: weight_bits=16 with stdp=STDP; only"),
        (
            {"weight": snn.Normal(1.0, 0.0)},
            r"S: weight_bits=16 with Normal.*; a distribution has a spread",
        ),
        ({"weight": snn.LogNormal(0.0, 2.0)}, r"Bound it with low= and high="),
    ],
)
def test_refused(given: dict[str, object], message: str) -> None:
    cells = snn.NeuronGroup(3, snn.LIF())
    settings = {"weight": snn.Normal(9.0, 1.0, low=0), "weight_bits": 16, "name": "S"} | given
    with pytest.raises(ParameterError, match=message):
        snn.Synapses(cells, cells, snn.Exponential(3.0), **settings)
