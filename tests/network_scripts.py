"""Scripts about networks that run under Brian 2 and distsnn alike; see `tests.group_scripts`."""

from __future__ import annotations

from typing import Any

import numpy as np

Results = dict[str, np.ndarray]


def removed(b: Any) -> Results:
    """Objects in the order of their names, some of which are removed, and a clock that changes."""
    clock = b.Clock(0.2 * b.ms)
    times = np.array([0.35, 0.35, 1.25, 2.05, 2.05, 3.05, 4.15, 4.15])
    given = b.SpikeGeneratorGroup(2, [0, 1, 0, 0, 1, 1, 0, 1], times * b.ms, name="given")
    G, other = (
        b.NeuronGroup(3, text, threshold="x > 60", reset="x = 1", method="euler", name=name)
        for text, name in (
            ("dx/dt = -x/(5*ms) : 1", "neurongroup"),
            ("y : 1 (linked)\ndx/dt = (2*y - x)/(3*ms) : 1", "neurongroup_1"),
        )
    )
    other.y = b.linked_var(G, "x")
    G.x = "1 + i"
    S = [
        b.Synapses(given, G, on_pre=statements, name=name)
        for statements, name in (
            ("x_post = x_post*2 + 1", "synapses"),
            ("x_post = x_post*0.5 + 3", "synapses_1"),
            ({"a": "x_post = x_post*3 - 2", "b": "x_post = x_post*0.25 + 4"}, "synapses_2"),
        )
    ]
    for one in S:
        one.connect()
    slow = b.StateMonitor(G, "x", record=True, clock=clock, name="slow")
    each = b.StateMonitor(other, "x", record=[0, 2], name="each")
    net = b.Network(given, G, other, S, slow, each)
    net.run(1 * b.ms)
    clock.dt = 0.5 * b.ms
    net.run(1 * b.ms)
    net.remove(S[1], each)
    net.run(1 * b.ms)
    slow.record_single_timestep()
    net.remove(other)
    assert len([one for one in net.objects if one is other or one is each]) == 0
    net.run(2 * b.ms)
    return {
        "slow": slow.x,
        "slow t": slow.t / b.ms,
        "each": each.x,
        "each t": each.t / b.ms,
        "x": np.array(G.x[:]),
        "other": np.array(other.x[:]),
    }


def linked_synapses(b: Any) -> Results:
    """Synapses that read a shared parameter, a level that decays, and one that spikes raise."""
    times = np.array([1, 2, 3, 3.5, 4.2, 4.3, 5.1, 5.2])
    given = b.SpikeGeneratorGroup(3, [0, 1, 0, 2, 1, 0, 2, 1], times * b.ms, name="given")
    rewards = b.SpikeGeneratorGroup(1, [0, 0, 0], np.array([1, 3, 4.2]) * b.ms, name="rewards")
    level, raised = (
        b.NeuronGroup(1, "dd/dt = -d/(5*ms) : 1", method="exact", name=name)
        for name in ("level", "raised")
    )
    level.d = 3
    gains = b.NeuronGroup(2, "gain : 1 (shared)", name="gains")
    gains.gain = 0.3
    T = b.NeuronGroup(
        5, "dv/dt = -v/(3*ms) : 1", threshold="v > 1.1", reset="v = 0", method="exact", name="t"
    )
    reward = b.Synapses(rewards, raised, on_pre="d_post += 1", name="r")
    reward.connect()
    S, Q = (
        b.Synapses(
            given,
            T,
            """k : 1 (linked)
               gain : 1 (linked)
               scaled = gain*k : 1
               dw/dt = k*x/(10*ms) : 1 (clock-driven)
               dx/dt = -x/(4*ms) : 1 (clock-driven)""",
            on_pre="x += 1; v_post += w + 0.2*scaled",
            on_post="w += 0.1*k",
            method="euler",
            name=name,
        )
        for name in ("s", "u")
    )
    for one, d in ((S, level), (Q, raised)):
        one.connect(condition="(i + j) % 2 == 0")
        one.k = b.linked_var(d, "d")
        one.gain = b.linked_var(gains.gain)
        one.w = "0.2 + 0.01*j"
    traces = [b.StateMonitor(one, ["w", "x"], record=True) for one in (S, Q)]
    spikes = b.SpikeMonitor(T)
    net = b.Network(given, rewards, level, raised, gains, T, reward, S, Q, traces, spikes)
    net.run(4 * b.ms)
    gains.gain = 0.5
    net.run(2 * b.ms)
    return {
        "t": spikes.t / b.ms,
        "i": spikes.i,
        "v": np.array(T.v[:]),
        **{f"w of {one.source.name}": one.w for one in traces},
        **{f"x of {one.source.name}": one.x for one in traces},
    }
