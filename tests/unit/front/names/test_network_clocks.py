"""Clocks of single objects: what users may give, and the time step that a network has then."""

from __future__ import annotations

import math

import pytest

import distsnn as snn
from distsnn.describe.clocks import DEFAULT_CLOCK, common_step
from distsnn.errors import ParameterError, UnsupportedError

MS = snn.ms


def group(name: str, **clock: object) -> snn.NeuronGroup:
    text = "dv/dt = -v/(5*ms) : 1"
    return snn.NeuronGroup(2, text, threshold="v > 1", method="euler", name=name, **clock)


@pytest.mark.parametrize(
    ("steps", "common"),
    [
        ([0.1], 0.1),
        ([1 / 7, 1 / 7], 1 / 7),
        ([0.1, 0.5], 0.1),
        ([0.2, 0.3], 0.1),
        ([0.25, 0.1, 0.5], 0.05),
        ([1 / 3, 0.5], 1 / 6),
        ([0.1, 1000.0], 0.1),
    ],
)
def test_the_common_step(steps: list[float], common: float) -> None:
    assert math.isclose(common_step(steps), common, rel_tol=1e-15)
    assert common_step([*steps, common]) == common


def test_steps_without_a_common_one() -> None:
    for steps in ([0.1, math.pi], [0.1, 0.100013], [0.1, 1001.0]):
        with pytest.raises(UnsupportedError, match=r"objects have time steps of 0\.1, "):
            common_step(steps)


def test_clocks_of_a_network() -> None:
    A, B, C = group("A", dt=0.5 * MS), group("B", clock=snn.Clock(0.3 * MS)), group("C")
    S = snn.Synapses(A, B, "w : 1", on_pre="w += t/ms", name="S")
    T = snn.Synapses(A, B, "dw/dt = -w/ms : 1 (clock-driven)", dt=0.2 * MS, name="T")
    for made in (S, T):
        made.connect()
    S.delay = 0.7 * MS
    assert S.pre.clock is A.clock
    assert (float(A.clock.dt), A.t, float(S.clock.dt)) == (0.5, 0.0, 0.1)
    # In steps of the source.
    assert S.delay.tolist() == [0.5] * 4
    given = snn.Network(A, B, S, T).description
    assert (given.dt, given.clocks) == (0.1, (("A", 0.5), ("B", 0.3), ("T", 0.2)))
    alone = snn.Network(A, snn.SpikeMonitor(A)).description
    assert (alone.dt, alone.clocks) == (0.5, ())
    both = snn.Network(B, C, dt=0.2 * MS).description
    assert (both.dt, both.clocks) == (0.1, ((DEFAULT_CLOCK, 0.2), ("B", 0.3), ("C", 0.2)))


def test_a_clock_between_runs() -> None:
    clock = snn.Clock(0.5 * MS, name="slow")
    A, B = group("A", clock=clock), group("B")
    S = snn.Synapses(A, B, "w : 1", on_pre="w += 1", on_post={"after": "w += 1"}, name="S")
    S.connect()
    trace = snn.StateMonitor(A, "v", True, when="end", order=2, name="trace")
    slow = snn.StateMonitor(B, "v", True, clock=snn.Clock(1 * MS), name="slow")
    spikes, rate = (
        snn.SpikeMonitor(A, "v", name="spikes"),
        snn.PopulationRateMonitor(A, name="rate"),
    )
    net = snn.Network(A, B, S, trace, slow, spikes, rate)
    for monitor in (trace, spikes, rate):
        monitor.active = False
    assert [(x.name, x.when, x.order, x.dt) for x in net.scheduling_summary().entries] == [
        ("slow", "start", 0, 1.0),
        ("A_stateupdater", "groups", 0, 0.5),
        ("B_stateupdater", "groups", 0, 0.1),
        ("A_spike_thresholder", "thresholds", 0, 0.5),
        ("B_spike_thresholder", "thresholds", 0, 0.1),
        ("rate", "thresholds", 1, 0.5),
        ("spikes", "thresholds", 1, 0.5),
        ("S_pre", "synapses", -1, 0.5),
        ("S_after", "synapses", 1, 0.1),
        ("trace", "end", 2, 0.5),
    ]
    A.v = 2
    net.run(1.1 * MS)
    assert (clock.timestep, clock.t, A.t, float(B.t)) == (3, 1.5, 1.5, pytest.approx(1.1))
    clock.dt = 1 * MS
    with pytest.raises(ParameterError, match="objects have time steps of their own"):
        net.run(1 * MS)
    clock.dt = 0.5 * MS
    for monitor in (trace, spikes, rate):
        monitor.active = True
    A.v = 3
    net.run(0.9 * MS)
    # What was not recorded is no part of what is.
    assert trace.t.tolist() == rate.t.tolist() == [1.5]
    assert spikes.t[:].tolist() == [1.5, 1.5]
    assert spikes.v.tolist() == pytest.approx([2.7] * 2)
    assert rate.rate.tolist() == [2.0]
    assert slow.t.tolist() == [0.0, 1.0]
    assert snn.scheduling_summary(net).entries[-1].active
    assert (A.t, clock.t) == (2.0, 2.0)


def test_arguments_that_cannot_be() -> None:
    clock = snn.Clock(1 * MS)
    for wrong in ({"dt": 0.5, "clock": clock}, {"clock": 3}, {"dt": 0}, {"dt": "1"}):
        with pytest.raises(ParameterError):
            group("A", **wrong)
    with pytest.raises(ParameterError):
        clock.dt = -1
    assert group("A", clock=snn.defaultclock).own_dt is None
    A = group("A", dt=0.5 * MS)
    A.run_regularly("v += 1", dt=0.7 * MS)
    with pytest.raises(ParameterError, match="dt is a multiple of the time step"):
        snn.Network(A).run(0)


def test_what_cannot_rest_or_be_summed_up() -> None:
    A = group("A")
    with pytest.raises(ParameterError, match="active=3; active is True or False"):
        snn.SpikeMonitor(A).active = 3
    with pytest.raises(ParameterError, match="the monitor writes a file"):
        snn.StateMonitor(A, "v", True, to="v.h5").active = False
    with pytest.raises(ParameterError, match="net=3"):
        snn.scheduling_summary(3)
