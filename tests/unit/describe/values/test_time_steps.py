"""Times in steps."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.describe.values.time_steps import (
    MOST_STEPS,
    step_containing,
    steps_at_least,
    steps_of,
    steps_of_array,
    steps_until,
    whole_ratio,
)
from distsnn.errors import ParameterError
from distsnn.kernels import expression_functions as expressions
from distsnn.layout.delays import MAX_DELAY_STEPS
from distsnn.units import ms
from tests.program_arguments import by_name


@pytest.mark.parametrize("dt", ["0.1", "0.25", "0.05", "1", "0.01"])
def test_nearest_step_halves_up(dt: str) -> None:
    """Every decimal fraction a user may write, by decimal arithmetic."""
    given = [Decimal(n) / 1000 for n in range(0, 6000, 5)]
    expected = [int((d / Decimal(dt)).quantize(Decimal(1), ROUND_HALF_UP)) for d in given]
    values = np.array([float(d) for d in given])
    assert [steps_of(v, float(dt)) for v in values.tolist()] == expected
    assert steps_of_array(values, float(dt)).tolist() == expected


def test_delays_that_no_whole_number_holds_stay_long() -> None:
    assert (steps_of_array(np.array([1e18, 1e300]), 0.1) > MAX_DELAY_STEPS).all()


def test_products_of_the_step_are_whole() -> None:
    for dt in (0.1, 0.3, 1 / 3, 0.7):
        steps = np.arange(60_000)
        assert np.array_equal(steps_of_array(steps * dt, dt), steps)


def test_steps_in_which_times_lie() -> None:
    """As Brian 2.9: ``timestep(times*ms, 0.1*ms)`` gives these steps."""
    times = np.array([0.06, 0.15, 0.28, 3 * 0.1, 0.29992, 0.29985, 0.3, 0.25, 0.3499, 7 * 0.1])
    expected = [0, 1, 2, 3, 3, 2, 3, 2, 3, 7]
    assert step_containing(times, 0.1).tolist() == expected
    assert [expressions.timestep(t, 0.1) for t in times] == expected


def test_times_that_no_whole_number_holds() -> None:
    assert expressions.MOST_STEPS == MOST_STEPS
    for huge in (1e18, 1e300, 1.7e308):
        assert steps_of(huge, 0.1) == steps_until(huge, 0.1) == MOST_STEPS
        assert steps_at_least(huge, 0.1) == step_containing(huge, 0.1) == MOST_STEPS
        assert whole_ratio(huge, 0.1) is None
        assert expressions.timestep(huge, 0.1) == MOST_STEPS
        assert expressions.timestep.py_func(-huge, 0.1) == -MOST_STEPS
    with pytest.raises(ParameterError, match="NaN"):
        steps_of_array(np.array([1.0, np.nan]), 0.1)


def test_a_neuron_may_be_refractory_for_ever() -> None:
    """LIF: after one spike, whatever the time; texts: the same, fixed and changing."""
    for t_ref in (1e6 * ms, 1e18 * ms, 1e300 * ms):
        cells = snn.NeuronGroup(2, snn.LIF(t_ref=t_ref, I_e=1000 * snn.pA), name="cells")
        steps = by_name(build_rank(snn.Network(cells).description, 0, 1).arrays)[
            "g0__refractory_steps"
        ]
        assert steps == min(np.ceil(t_ref / 0.1), MOST_STEPS)
    lif = snn.NeuronGroup(2, snn.LIF(t_ref=1e18 * ms, I_e=1000 * snn.pA))
    text = "dv/dt = 1/ms : 1\nlong : second"
    fixed = snn.NeuronGroup(2, text, threshold="v > 1", reset="v = 0", refractory=1e18 * ms)
    own = snn.NeuronGroup(2, text, threshold="v > 1", reset="v = 0", refractory="long*(1 + v)")
    own.long = 1e18 * ms
    monitors = [snn.SpikeMonitor(group) for group in (lif, fixed, own)]
    snn.Network(lif, fixed, own, monitors).run(50 * ms)
    assert [m.count.tolist() for m in monitors] == [[1, 1], [1, 1], [1, 1]]


def test_timed_arrays_are_called_with_arrays() -> None:
    """As Brian 2.9 answers, also far before and behind the grid."""
    ta = snn.TimedArray([1.0, 2.0, 3.0], dt=10 * ms)
    assert ta([0, 9.9, 10, 25, 99] * ms).tolist() == [1, 1, 2, 3, 3]
    assert ta(np.array([[-5.0, 1e300], [1e18, -1e300]])).tolist() == [[1, 3], [3, 1]]
    ta2d = snn.TimedArray([[1.0, 2.0], [3.0, 4.0]], dt=10 * ms)
    assert ta2d(12 * ms, [0, 1]).tolist() == [3, 4]
    assert ta2d([0, 12] * ms, [1, 0]).tolist() == [2, 3]
    assert ta2d(0 * ms, 1) == 2.0
    for array, given in ((ta, (0.0, 1)), (ta2d, (0.0,)), (ta2d, (0.0, 2)), (ta2d, (0.0, [0, -1]))):
        with pytest.raises(ParameterError, match=r"f\(t\)|columns"):
            array(*given)
    group = snn.NeuronGroup(1, "x = ta(1e300*ms) + ta(-1e300*ms) : 1")
    assert group.x[0] == 4.0


def test_lists_times_the_step_of_the_clock() -> None:
    assert ([0, 2] * snn.defaultclock.dt).tolist() == [0.0, 0.2]
    assert (snn.defaultclock.dt * (1, 3)).tolist() == [0.1, 0.1 * 3]
