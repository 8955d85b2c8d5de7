"""Monitors that are added after the first run record what they would have recorded then anyway.

Only the program is written anew; all else goes on: spikes in flight, rules of plasticity in tables
and with generated code, refractoriness, noise. On any number of ranks, to the last bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms
from distsnn.errors import UnknownNameError
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, assert_same, check

RULE = "w : 1\ndp/dt = -p/(9*ms) : 1 (event-driven)\ndq/dt = -q/(8*ms) : 1 (event-driven)"


def recorded(later: bool, recognize: bool) -> Result:
    G = snn.NeuronGroup(
        23,
        "dv/dt = (1.3 - v)/(8*ms) + 0.1*xi*sqrt(2/(8*ms)) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
        method="euler",
        name="G",
    )
    G.v = "rand()"
    S = snn.Synapses(
        G,
        G,
        RULE,
        on_pre="v_post += 0.01*w; p += 0.1; w = clip(w + q, 0, 2)",
        on_post="q -= 0.1; w = clip(w + p, 0, 2)",
        name="S",
        recognize=recognize,
    )
    S.connect(p=0.3)
    S.w = "rand()"
    S.delay = 1.7 * ms
    net = snn.Network(G, S, seed=4)
    made = [
        snn.StateMonitor(G, "v", record=True, dt=0.3 * ms),
        snn.StateMonitor(S, "w", record=[3, 5]),
        snn.SpikeMonitor(G, ["v"]),
        snn.PopulationRateMonitor(G),
    ]
    names = ["w"] if recognize else ["w", "q", "v_pre", "v_post"]
    traces = snn.StateMonitor(S, names, record=[1, 4])
    if not later:
        net.add(*made, traces)
    net.run(10.25)
    if later:
        net.add(made[3])
    net.run(10)
    if later:
        net.add(*made[:3])
    net.run(10.3)
    built = net._state.built
    if later:
        net.add(traces)
    net.run(10)
    assert net._state.built is built
    V, W, M, R = made
    late, spikes = V.t > 20.25, M.t > 20.25
    found = {"v": V.v[:, late], "w": W.w[:, W.t > 20.25], "t": M.t[spikes], "i": M.i[spikes]}
    found |= {"at": M.v[spikes], "rate": R.rate[R.t > 10.25]}
    assert spikes.sum() > 30
    assert (V.t.min() > 20) == later
    found |= {name: getattr(traces, name)[:, -90:] for name in names[1:]}
    return found | {"all": S.w, "last w": traces.w[:, -10:]}


@pytest.mark.parametrize("recognize", [True, False])
def test_they_record_what_they_would_have_recorded(recognize: bool) -> None:
    found = check(lambda world: recorded(True, recognize))  # noqa: ARG005 - of all jobs
    assert_same(recorded(False, recognize), found)


def ready(world: World) -> Result:
    cells = snn.NeuronGroup(12, snn.LIF(I_e=400, tau_m=10), name="cells")
    cells.V_m = snn.Uniform(-70, -55)
    rule = snn.STDP(A_plus=0.5, A_minus=0.4, tau_plus=20.0, tau_minus=20.0, w_max=60.0)
    S = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=20.0, delay=1.5, stdp=rule)
    S.connect()
    net = snn.Network(cells, S)
    net.run(30)
    W, H = snn.StateMonitor(S, "w", record=True, dt=1), snn.WeightMonitor(S, bins=5, dt=10)
    net.add(W, H)
    net.run(30)
    assert np.array_equal(np.histogram(W.w[:, 0], H.edges)[0], H.counts[0])
    return {"w": W.w, "counts": H.counts, "V": cells.V_m}


def test_weights_of_rules() -> None:
    check(ready)


def test_a_monitor_that_cannot_record_is_not_added() -> None:
    G = snn.NeuronGroup(2, "dv/dt = -v/ms : 1", name="G")
    net = snn.Network(G)
    net.run(1)
    with pytest.raises(UnknownNameError, match="unknown name 'u'"):
        net.add(snn.StateMonitor(G, "u", record=True))
    net.run(1)
    assert not net.monitors


def test_checkpoints_hold_them(tmp_path: Path) -> None:
    G = snn.NeuronGroup(
        5, "dv/dt = (1.3 + 0.1*i - v)/(8*ms) : 1", threshold="v > 1", reset="v = 0", name="G"
    )
    net = snn.Network(G)
    net.run(10)
    made = [
        snn.StateMonitor(G, "v", record=True),
        snn.SpikeMonitor(G, "v"),
        snn.PopulationRateMonitor(G),
    ]
    net.add(*made)
    net.run(10)
    net.save(tmp_path / "state.h5")

    def found() -> list[np.ndarray]:
        V, M, R = made
        net.run(10)
        return [V.t, V.v, M.t, M.i, M.v, R.t, R.rate]

    expected = found()
    net.load(tmp_path / "state.h5")
    for before, after in zip(expected, found(), strict=True):
        assert before.size > 0
        assert np.array_equal(before, after)
    assert made[0].t[0] == 10.0
