"""Built-in synapses between groups of different time steps."""

from __future__ import annotations

import numpy as np

import distsnn as snn
from distsnn.exchange import run_loopback

Result = dict[str, np.ndarray]
TIMES = np.arange(60) * 0.4 + 0.4
SOURCES = [0, 1, 2, 3, 0, 1, 2, 0, 3, 1, 0, 2] * 5


def job(dt: float, own: float | None, times: np.ndarray, at_once: bool = True) -> Result:
    """Neurons with receptors and plasticity of several kinds; `own` is the dt of all these."""
    snn.start_scope()
    snn.defaultclock.dt = dt
    given = snn.SpikeGeneratorGroup(4, SOURCES, times, dt=own if at_once else None, name="given")
    cells = snn.NeuronGroup(5, snn.LIF(I_e=350.0), dt=own, name="cells")
    current = snn.Exponential(tau=3.0)
    made = [
        snn.Synapses(given, cells, current, weight=100.0, delay=1.0, name="static"),
        snn.Synapses(cells, cells, current, weight=80.0, delay=0.4, name="back"),
        snn.Synapses(given, cells, snn.Alpha(tau=2.0), weight=60.0, delay=0.6, name="alpha"),
        snn.Synapses(given, cells, snn.Exponential(tau=4.0, output=snn.COBA(E=0.0)), weight=2.0),
    ]
    plastic = snn.STDP(A_plus=30.0, A_minus=20.0, w_max=900.0)
    learning = snn.Synapses(given, cells, current, weight=100.0, stdp=plastic, name="learning")
    stp = snn.STP(U=0.4, tau_d=50.0)
    if at_once:
        # Those to which the time of an event matters, or the step in which it acts.
        made += [
            snn.Synapses(given, cells, snn.Delta(), weight=0.5, delay=1.0, name="delta"),
            snn.Synapses(given, cells, current, weight=300.0, delay=2.0, stp=stp, name="stp"),
            learning,
        ]
    for one in made:
        one.connect(p=1)
    # It has the time step of the network.
    other = snn.NeuronGroup(2, "dx/dt = -x/(5*ms) : 1", method="exact", name="other")
    spikes = snn.SpikeMonitor(cells)
    trace = snn.StateMonitor(cells, "V_m", record=True, dt=0.2)
    net = snn.Network(given, cells, made, other, spikes, trace)
    net.run(10)
    net.run(20)
    found = {"t": spikes.t, "i": spikes.i, "V": trace.V_m}
    return found | ({"w": learning.weight[:]} if at_once else {})


def check(found: Result, expected: Result) -> None:
    assert expected["t"].size > 20
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, err_msg=name)


def test_a_network_of_one_step_does_the_same_beside_a_group_of_half_of_it() -> None:
    expected = job(0.2, None, TIMES)
    first = job(0.1, 0.2, TIMES)
    check(first, expected)
    for count in (2, 3):
        for found in run_loopback(count, lambda _: job(0.1, 0.2, TIMES)):
            for name, values in first.items():
                assert values.tobytes() == found[name].tobytes(), (count, name)


def test_an_event_between_steps_of_its_target_is_there_in_the_next_one() -> None:
    between = TIMES + 0.1 * (np.arange(TIMES.size) % 2)
    check(job(0.1, 0.2, between, at_once=False), job(0.2, None, TIMES, at_once=False))
