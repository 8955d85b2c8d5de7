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
    """Synapses that read a parameter, a level that decays, one that spikes raise, and several."""
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
    several = b.NeuronGroup(
        8, "dm/dt = (c - m)/(2*ms) : 1\nc : 1 (constant)", method="exact", name="several"
    )
    several.m, several.c = "0.1*i", "0.02*i**2"
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
               which : integer
               m : 1 (linked)
               c : 1 (linked)
               dw/dt = k*x/(10*ms) : 1 (clock-driven)
               dx/dt = -x/(4*ms) : 1 (clock-driven)""",
            on_pre="x += 1; v_post += w + 0.2*scaled + 0.03*m - 0.01*c; which = (which + 3) % 8",
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
        one.m = b.linked_var(several.m, index="which")
        one.c = b.linked_var(several, "c", index="which")
        one.which = "i + j"
    traces = [b.StateMonitor(one, ["w", "x"], record=True) for one in (S, Q)]
    spikes = b.SpikeMonitor(T)
    net = b.Network(given, rewards, level, raised, gains, several, T, reward, S, Q, traces, spikes)
    net.run(4 * b.ms)
    gains.gain = 0.5
    S.which = "7 - i"
    net.run(2 * b.ms)
    return {
        "t": spikes.t / b.ms,
        "i": spikes.i,
        "v": np.array(T.v[:]),
        **{f"w of {one.source.name}": one.w for one in traces},
        **{f"x of {one.source.name}": one.x for one in traces},
        **{f"{x} of {one.name} now": np.array(getattr(one, x)[:]) for one in (S, Q) for x in "mc"},
    }


def slots(b: Any) -> Results:
    """Pathways and a Poisson input in slots of their own, and resets before synapses."""
    found = {}
    times = np.array([1, 1, 1.5, 2, 2.2, 2.4, 3, 3.1])
    for pre, post in (("before_resets", "end"), ("after_resets", "before_synapses"), ("", "")):
        G = b.NeuronGroup(
            6,
            """dv/dt = -v/(5*ms) : volt
               w : 1
               u : 1""",
            threshold="v > 1*mV",
            reset="v = 0*mV; u += 1",
            method="exact",
            name="g",
        )
        given = b.SpikeGeneratorGroup(2, [0, 1, 0, 1, 0, 1, 0, 0], times * b.ms, name="given")
        D = b.Synapses(given, G, on_pre="v_post += (0.4 + 0.2*j)*mV; w_post = u_post", name="d")
        S = b.Synapses(
            G,
            G,
            "q : 1",
            on_pre="v_post += (0.04*u_pre + 0.02*w_pre)*mV",
            on_post="q += v_post/mV + u_post",
            name="s",
        )
        A = b.Synapses(G, G, on_pre="v_post += 0.1*mV", name="a")
        for one in (D, S, A):
            one.connect(condition="i != j" if one is S else "i == j" if one is A else None)
        G.run_regularly("w += v/mV", dt=0.5 * b.ms, when="after_resets", order=-2)
        # An event in each step.
        given_slot = {"when": "after_thresholds"} if pre else {}
        noise = b.PoissonInput(G, "v", 1, 10 * b.kHz, 0.02 * b.mV, **given_slot)
        monitors = [
            b.StateMonitor(G, ["v", "u", "w"], record=True),
            b.StateMonitor(G, ["v", "w"], record=True, when="after_resets"),
            b.StateMonitor(S, "q", record=True),
        ]
        net = b.Network(given, G, D, S, A, noise, monitors)
        if pre:
            S.pre.when, S.post.when = pre, post
        else:
            net.schedule = ["start", "groups", "thresholds", "resets", "synapses", "end"]
        net.run(6 * b.ms)
        found |= {
            f"{x} {pre or 'schedule'} {n}": np.array(getattr(one, x)) / (b.mV if x == "v" else 1)
            for n, one in enumerate(monitors)
            for x in one.record_variables
        }
    return found
