"""Scripts of what acts in slots and orders of its own, where random scripts have found faults.

They run under Brian 2 and distsnn alike; see `tests.group_scripts` and `tests.random_schedules`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Results = dict[str, np.ndarray]
# Of two groups and the synapses between them.
ORDERS = (0, 0, 0), (1, 0, -1), (-1, 2, 1), (2, 1, 2)


def early_pathways(b: Any) -> Results:
    """What stands behind pathways that act between thresholds and the slot of synapses."""
    found: Results = {}
    kinds = "regular", "operation", "call", "event", "states", "spikes"
    places = (
        ("after_thresholds", 1, "before_synapses", 0),
        ("before_synapses", 0, "before_synapses", 2),
    )
    for kind in kinds:
        for n, place in enumerate(places):
            one = _behind(b, kind, *place)
            found |= {f"{kind} {n} {key}": np.asarray(x, float) for key, x in one.items()}
    return found


def _behind(b: Any, kind: str, when: str, order: int, slot: str, follows: int) -> Results:
    """What is found where something of a kind acts in a slot, and a pathway in another."""
    b.start_scope()
    G = b.NeuronGroup(
        5,
        """dv/dt = (1.3 + 0.1*i - v)/(4*ms) : 1
           u : 1
           q : 1""",
        threshold="v > 1",
        reset="v = 0.07*i; u = 0.5*u + 1",
        method="euler",
        events={"high": "q > 0.02*u"},
        name="g",
    )
    G.v = "0.46 + 0.093*i"
    S = b.Synapses(
        G,
        G,
        "w : 1",
        on_pre="q_post += 0.1*w",
        on_post="w = 0.9*w + 0.1*u_post; q_pre += 0.01*w; u_post += 0.003",
        name="s",
    )
    S.connect(condition="i != j")
    S.w, S.post.delay = "0.3 + 0.01*i", "0.1*ms*(i % 3)"
    S.post.when, S.post.order = when, order
    place = {"when": slot, "order": follows}
    objects, found = [G, S], {}
    seen: list[float] = []
    if kind == "regular":
        G.run_regularly("q = 0.9*q + 0.01*u; u = 0.95*u", **place)
    elif kind == "operation":
        S.run_regularly("w = 0.99*w + 0.01*q_post", **place)
    elif kind == "call":

        def look() -> None:
            seen.append(float(np.sum(S.w[:])))
            G.q = 0.9 * np.asarray(G.q[:]) + 0.01 * np.asarray(G.u[:])

        objects.append(b.NetworkOperation(look, dt=0.1 * b.ms, **place))
    elif kind == "event":
        G.set_event_schedule("high", **place)
        G.run_on_event("high", "q *= 0.7", when="resets")
    elif kind == "states":
        objects += [b.StateMonitor(x, (x.name == "g" and "q") or "w", record=True, **place)
                    for x in (G, S)]  # fmt: skip
    else:
        objects.append(b.SpikeMonitor(G, ["q", "u"], **place))
    b.Network(objects).run(5 * b.ms)
    if kind == "states":
        found = {"of G": objects[2].q, "of S": objects[3].w}
    elif kind == "spikes":
        found = {x: np.sort(getattr(objects[2], x)) for x in "qu"}
    return found | {"w": S.w[:], "u": G.u[:], "q": G.q[:], "seen": np.array(seen)}


def inputs(b: Any) -> Results:
    """Poisson inputs in slots of their own, sorted by their names; they and their target rest."""
    found: Results = {}
    places = ("start", "before_thresholds"), ("thresholds", "before_synapses"), ("end", "synapses")
    for n, (one, other) in enumerate(places):
        b.start_scope()
        G = b.NeuronGroup(
            3,
            """dv/dt = (1.3 + 0.1*i - v)/(4*ms) : 1
               u : 1""",
            threshold="v > 1",
            reset="v = 0.07*i; u = 0.5*u + 1",
            method="euler",
            name=("gq", "pq", "zq")[n],
        )
        G.v = "0.46 + 0.093*i"
        # An event in each step.
        first = b.PoissonInput(G, "v", 1, 10 * b.kHz, 0.003, when=one)
        second = b.PoissonInput(G, "v", 1, 10 * b.kHz, "0.001*u", when=other)
        regular = G.run_regularly("u += 0.01", name="r")
        slots = one, other, "after_thresholds"
        traces = [
            b.StateMonitor(G, ["v", "u"], record=True, when=slot, name=name)
            for slot, name in zip(slots, ("a0", "m", "zz"), strict=True)
        ]
        net = b.Network(G, first, second, traces)
        net.run(2 * b.ms)
        first.active = False
        net.run(1 * b.ms)
        first.active, second.active = True, False
        net.run(1 * b.ms)
        G.active, second.active = False, True
        net.run(1 * b.ms)
        regular.active = True
        net.run(1 * b.ms)
        G.active = True
        net.run(1 * b.ms)
        found |= {f"{n} {m.name} {x}": np.array(getattr(m, x)) for m in traces for x in "vu"}
    return found


def inputs_among_pathways(b: Any) -> Results:
    """Poisson inputs beside pathways of several slots and orders, which read what they change."""
    found: Results = {}
    cases = (
        ("a", 0.01, 0, "synapses", 0, 0),
        ("a", "0.01*(1 + u)", 0, "after_synapses", 0, 0),
        ("z", 0.01, -1, "before_synapses", 0, 0),
        ("z", "0.01*(1 + u)", 0, "synapses", 1, 0),
        ("a", 0.01, 1, "after_synapses", -1, 1),
        ("z", 0.01, 0, "synapses", -1, 1),
    )
    for n, (name, weight, order, slot, of_pre, steps) in enumerate(cases):
        b.start_scope()
        G = b.NeuronGroup(
            3,
            """dv/dt = (1.3 + 0.1*i + g - v)/(3*ms) : 1
               dg/dt = -g/(3*ms) : 1
               u : 1""",
            threshold="v > 1",
            reset="v = 0",
            method="euler",
            name="g",
        )
        P = b.PoissonInput(G, "g", 1, 10 * b.kHz, weight, order=order)
        S = b.Synapses(
            G,
            G,
            "w : 1\nq = 0.5*g_post : 1",
            on_pre="w = 0.5*w + q; u_post += 0.01*w",
            on_post="w = 0.5*w + q",
            name=name,
        )
        S.connect(j="i")
        S.pre.when, S.pre.order, S.post.order = slot, of_pre, -of_pre
        if steps:
            G.run_regularly("u += 0.01", when="before_thresholds")
        M = b.StateMonitor(S, "w", record=True, when="end")
        b.Network(G, P, S, M).run(5 * b.ms)
        found |= {f"{n} w": M.w, f"{n} g": G.g[:], f"{n} u": G.u[:]}
    return found


def orders(b: Any) -> Results:
    """Groups and synapses with orders of their own."""
    found: Results = {}
    for n in range(len(ORDERS)):
        b.start_scope()
        net, results = network_with_orders(b, n)
        net.run(8 * b.ms)
        found |= {f"{n} {key}": np.asarray(value) for key, value in results().items()}
    return found


def network_with_orders(b: Any, n: int, **options: Any) -> tuple[Any, Callable[[], Results]]:
    """A network with the orders `n`, and what is found of it."""
    f, g, s = ORDERS[n]
    F, G = (
        b.NeuronGroup(
            4,
            """dv/dt = (1.2 + 0.1*i + 0.2*o + total - v)/(4*ms) : 1
               o : 1 (linked)
               c = 0.1*v + 0.1*o : 1 (constant over dt)
               u : 1
               total : 1""",
            threshold="v > 1 + 0.01*o",
            reset="v = 0.1*o; u += 1",
            method="euler",
            events={"low": "v < 0.2"},
            order=order,
            name=name,
        )
        for name, order in (("f", f), ("g", g))
    )
    F.o, G.o = b.linked_var(G, "v"), b.linked_var(F, "v")
    F.v, G.v = "0.15*i", "0.4 - 0.05*i"
    for group in (F, G):
        group.run_on_event("low", "u += 0.1*v", when="resets")
    given = b.SpikeGeneratorGroup(2, [0, 1, 0], [0.5, 1, 2] * b.ms, order=s, name="given")
    S = b.Synapses(
        F,
        G,
        """w : 1
           dz/dt = (v_pre - v_post - z)/(3*ms) : 1 (clock-driven)
           total_post = 0.1*w*z : 1 (summed)""",
        on_pre="w = 0.9*w + 0.1*u_post",
        on_post="u_pre += 0.1*w",
        method="euler",
        order=s,
        name="s",
    )
    S.connect()
    S.w = "0.2 + 0.1*i - 0.05*j"
    D = b.Synapses(given, F, on_pre="v_post += 0.1", name="d")
    D.connect()
    traces = [
        b.StateMonitor(one, names, record=True, when=when, name=f"{one.name}{when}")
        for one, names in ((F, ["v", "c"]), (G, ["v", "total"]), (S, ["z", "w"]))
        for when in ("groups", "end")
    ]
    spikes = [b.SpikeMonitor(one, "u", name=f"m{one.name}") for one in (F, G)]
    net = b.Network(F, G, given, S, D, traces, spikes, **options)

    def results() -> Results:
        values = {f"{m.name} {x}": getattr(m, x) for m in traces for x in m.record_variables}
        return values | {f"{m.name} {x}": np.sort(getattr(m, x)) for m in spikes for x in "iu"}

    return net, results


def early_by_clock(b: Any) -> Results:
    """Pathways before the thresholds, of groups whose step is several of the network."""
    G = b.NeuronGroup(
        3,
        """dv/dt = (1.4 + 0.1*i - v)/(4*ms) : 1
           u : 1""",
        threshold="v > 1",
        reset="v = 0.07*i; u += 0.1",
        method="euler",
        dt=0.2 * b.ms,
        name="g",
    )
    S = b.Synapses(
        G,
        G,
        """w : 1
           dq/dt = (0.3*u_post - q)/(4*ms) : 1 (clock-driven)""",
        on_pre="u_post += 0.3*w",
        on_post="w += 0.05*v_post",
        method="euler",
        dt=0.1 * b.ms,
        name="s",
    )
    S.connect(condition="i != j")
    S.w, S.delay = 0.2, "0.31*ms*(1 + j % 2)"
    M = b.StateMonitor(S, ["q", "w"], record=True, dt=0.1 * b.ms)
    net = b.Network(G, S, M)
    net.schedule = ["start", "synapses", "groups", "thresholds", "resets", "end"]
    net.run(6 * b.ms)
    return {"q": M.q, "w": M.w, "u": G.u[:]}


def events_of_targets(b: Any) -> Results:
    """Pathways at events of their targets, where other things stand among synapses."""
    found: Results = {}
    times = np.array([3, 11, 21, 32, 38, 41, 53, 61]) * 0.1 * b.ms
    for slot in ("synapses", "before_thresholds"):
        b.start_scope()
        G = b.NeuronGroup(
            2,
            """dv/dt = (1.3 + g - v)/(7*ms) : 1
               dg/dt = -g/(3.7*ms) : 1
               u : 1""",
            threshold="v > 1",
            reset="v = 0; u += 0.1",
            method="euler",
            events={"high": "g > 0.1 + 0.01*i"},
            name="g",
        )
        G.v, G.g = "0.3 + 0.1*i", 0.07
        G.run_on_event("high", "g *= 0.3", when="before_resets", order=-2)
        G.run_regularly("u *= 0.99", when=slot)
        given = b.SpikeGeneratorGroup(2, [0, 1] * 4, times, name="given")
        S = b.Synapses(given, G, "w : 1", on_pre="g_post += 0.2*w; w *= 0.97", name="s")
        T = b.Synapses(
            given,
            G,
            "w : 1",
            on_pre="v_post += 0.3*w",
            on_post="w = clip(w + 0.05*g_post + 0.01*u_post, 0, 1.317)",
            on_event={"post": "high"},
            name="t",
        )
        for one in (S, T):
            one.connect()
            one.w = "0.3 - 0.05*i"
        M = b.StateMonitor(T, "w", record=True, when="end")
        N = b.StateMonitor(G, ["g", "v"], record=True, when="end")
        b.Network(given, G, S, T, M, N).run(7 * b.ms)
        found |= {f"{slot} {x}": np.array(getattr(m, x)) for m, x in ((M, "w"), (N, "g"), (N, "v"))}
    return found


SLOT_SCRIPTS: dict[str, Callable[[Any], Results]] = {
    "early pathways": early_pathways,
    "early by clock": early_by_clock,
    "events of targets": events_of_targets,
    "inputs": inputs,
    "inputs among pathways": inputs_among_pathways,
    "orders": orders,
}
