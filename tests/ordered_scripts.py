"""Scripts in whose steps something stands between updates, thresholds, synapses and resets.

They run under Brian 2 and distsnn alike; see `tests.group_scripts`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Results = dict[str, np.ndarray]
SCHEDULES = (
    ("start", "groups", "thresholds", "synapses", "resets", "end"),
    ("start", "synapses", "groups", "thresholds", "resets", "end"),
    ("start", "groups", "synapses", "thresholds", "resets", "end"),
    ("start", "thresholds", "synapses", "resets", "groups", "end"),
    ("groups", "start", "thresholds", "resets", "mine", "synapses", "end"),
    ("synapses", "thresholds", "groups", "resets", "start", "end"),
    ("end", "resets", "synapses", "thresholds", "groups", "start"),
)
RESETS_FIRST = 6
# Slots of statements, and of calls.
STATED = ("groups", "after_groups", "thresholds", "synapses", "after_synapses", "resets", "end")
CALLED = (
    "start",
    "groups",
    "before_thresholds",
    "thresholds",
    "synapses",
    "before_resets",
    "resets",
)


def within_steps(b: Any) -> Results:
    """Statements, calls and pathways in all slots, and schedules of other orders."""
    found: Results = {}
    for n in range(len(SCHEDULES)):
        net, results = ordered_network(b, n)
        net.run(9 * b.ms)
        found |= {f"{n} {key}": np.asarray(value, float) for key, value in results().items()}
    return found


def ordered_network(b: Any, n: int, **options: Any) -> tuple[Any, Callable[[], Results]]:
    """A network with schedule `n`, with pathways in places of their own, and what is found of it.

    What begins with ``log`` is of this process alone.
    """
    times = np.array([0.4, 0.4, 1.5, 2, 2.2, 2.4, 3, 3.1, 4.7])
    given = b.SpikeGeneratorGroup(2, [0, 1, 0, 1, 0, 1, 0, 0, 1], times * b.ms, name="given")
    F, V = (
        b.NeuronGroup(
            5,
            """dv/dt = (1.2 + 0.1*i + 0.1*o - v)/(4*ms) : 1 (unless refractory)
               o : 1 (linked)
               u : 1
               x : 1
               c = 0.1*v + u : 1 (constant over dt)
               total : 1""",
            threshold="v + 0.01*x > 1",
            reset="v = 0; u += 1",
            refractory=refractory,
            method="euler",
            events={"low": "v < 0.1*u"},
            name=name,
        )
        for name, refractory in (("f", 0.75 * b.ms), ("v", "v > 0.2 + 0.01*x"))
    )
    F.o, V.o = b.linked_var(V, "v"), b.linked_var(F, "v")
    F.v, V.v = "0.15*i", "0.4 - 0.05*i"
    for group in (F, V):
        slot, order = ("resets", 0) if n != RESETS_FIRST else ("after_thresholds", 1)
        group.run_on_event("low", "x += 0.3", when=slot, order=order)
        for k, slot in enumerate(STATED):
            group.run_regularly(
                f"x = 0.9*x + 0.{k + 1}*v + 0.01*c + 0.1*int(not_refractory)", when=slot
            )
        group.run_regularly(
            "v += 0.001*u", when="before_thresholds", dt=0.3 * b.ms, name=f"{group.name}z"
        )
    S = b.Synapses(
        F,
        V,
        """w : 1
           dz/dt = (0.1*v_pre - z)/(3*ms) : 1 (clock-driven)
           dy/dt = -y/(5*ms) : 1 (event-driven)
           total_post = w*u_pre + z : 1 (summed)""",
        on_pre={
            "pre": "v_post += w + 0.01*x_pre; y += 1",
            "more": "z += 0.2*int(not_refractory_post)",
        },
        on_post="w = 0.9*w + 0.01*y; u_pre += 0.1",
        method="euler",
        name="s",
    )
    S.connect(condition="(i + j) % 2 == 0")
    S.w, S.pre.delay, S.post.delay = "0.02 + 0.01*i", "0.1*ms*((i + j) % 3)", "0.1*ms*(i % 2)"
    D = b.Synapses(given, F, on_pre="v_post += 0.15", name="d")
    D.connect()
    D.delay = "0.1*ms*j"
    if n % 2 == 0:
        S.pre.when, S.post.when, S.more.when = "before_thresholds", "start", "resets"
    elif n == 1:
        S.pre.when, S.post.when = "thresholds", "end"
    noise = b.PoissonInput(V, "v", 1, 10 * b.kHz, 0.002)
    logs: dict[str, list[float]] = {}
    calls = []

    def looking(seen: list[float]) -> Callable[[], None]:
        def look() -> None:
            seen.extend(float(np.sum(x)) for x in (F.v[:], V.v[:], F.x[:], V.u[:], S.w[:], S.z[:]))

        return look

    for slot in CALLED:
        logs[slot] = []
        clock = 0.3 * b.ms
        calls.append(b.NetworkOperation(looking(logs[slot]), clock, when=slot, name=f"g{slot}"))

    def raise_some(t: Any) -> None:
        logs["raised"] = [*logs.get("raised", ()), float(t / b.ms)]
        V.v[1:3] = 0.02 * float(t / b.ms) + V.v[2:4]
        F.x = F.x[:] + 0.01

    calls.append(
        b.NetworkOperation(
            raise_some, dt=0.5 * b.ms, when="after_groups", order=1, name="raise_some"
        )
    )
    traces = [
        b.StateMonitor(one, names, record=True, when=when, name=f"{one.name}{when}")
        for one, names in ((F, ["v", "x"]), (V, ["v", "total"]), (S, ["w", "z"]))
        for when in ("start", "before_thresholds", "after_synapses")
    ]
    traces += [
        b.StateMonitor(one, "not_refractory", record=True, when=when, name=f"{one.name}free{when}")
        for one in (F, V)
        for when in ("start", "after_synapses")
    ]
    spikes = [b.SpikeMonitor(one, name=f"m{one.name}") for one in (F, V)]
    net = b.Network(given, F, V, S, D, noise, calls, traces, spikes, **options)
    net.schedule = [*SCHEDULES[n]]

    def results() -> Results:
        values = {f"{m.name} {x}": getattr(m, x) for m in traces for x in m.record_variables}
        values |= {f"{m.name} i": m.i for m in spikes} | {f"{m.name} t": m.t / b.ms for m in spikes}
        values |= {f"log {slot}": seen for slot, seen in logs.items()}
        return values | {"w": S.w[:], "y": S.y[:], "x": V.x[:]}

    return net, results


def called_later(b: Any) -> Results:
    """Calls within steps that come and go between runs, and monitors among what acts."""
    G = b.NeuronGroup(
        4,
        "dv/dt = (1.3 - v)/(4*ms) : 1\nu : 1",
        threshold="v > 1",
        reset="v = 0; u += 1",
        method="euler",
        name="g",
    )
    G.v = "0.2*i"
    S = b.Synapses(G, G, "w : 1", on_pre="v_post += w", name="s")
    S.connect(condition="i != j")
    S.w, S.delay = 0.02, 0.3 * b.ms
    traces = [b.StateMonitor(G, ["v", "u"], record=True, when=x) for x in ("resets", "groups")]

    def strengthen() -> None:
        G.v = G.v[:] + 0.003
        S.w = S.w[:] * 1.01

    def raise_all() -> None:
        G.u = G.u[:] + 0.5

    first = b.NetworkOperation(strengthen, when="before_thresholds", name="first")
    second = b.NetworkOperation(raise_all, when="synapses", name="second")
    net = b.Network(G, S, traces)
    net.run(2 * b.ms)
    net.add(first)
    net.run(2 * b.ms)
    net.remove(first)
    net.run(1 * b.ms)
    net.add(second)
    net.run(1 * b.ms)
    found = {f"{x} {m.when}": getattr(m, x) for m in traces for x in "vu"}
    return {key: np.array(x) for key, x in found.items()} | {"w": np.array(S.w[:])}


ORDERED_SCRIPTS: dict[str, Callable[[Any], Results]] = {
    "within steps": within_steps,
    "called later": called_later,
}
