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
