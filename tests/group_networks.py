"""A network of groups that read and change each other in every way there is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import distsnn as snn

Results = dict[str, np.ndarray]


def every_kind(threads: int = 1) -> tuple[snn.Network, Callable[[], Results]]:
    """The network, not run yet, and what reads its results."""
    noise = snn.NeuronGroup(
        2, "dx/dt = -x/(5*ms) + xi/sqrt(5*ms) : 1\nload : 1", method="euler", name="n"
    )
    early, late = (
        snn.NeuronGroup(
            13,
            "dv/dt = (1.1 + x - v)/(6*ms) : 1\nx : 1 (linked)\nload : 1 (linked)",
            threshold="v > 1 + 0.1*x",
            reset="v = 0.01*load; load += rand()" if name == "a" else "v = 0",
            method="euler",
            name=name,
        )
        for name in ("a", "z")
    )
    store = snn.NeuronGroup(13, "load : 1", name="store")
    for group in (early, late):
        group.x = snn.linked_var(noise, "x", index=np.arange(13) % 2)
        group.load = snn.linked_var(store.load)
    early.run_regularly("v += 0.02*randn()", dt=0.4 * snn.ms, when="end")
    late[3:].run_regularly("load = 0.9*load + rand()", dt=2 * snn.ms)
    changing = snn.PoissonGroup(7, rates=100 * snn.Hz, name="changing")
    changing.run_regularly("rates = 400*Hz*rand()", dt=5 * snn.ms)
    S = snn.Synapses(late, early, on_pre="v_post += 0.05", delay=1.5 * snn.ms, name="s")
    S.connect(p=0.3)
    R = snn.Synapses(
        late,
        changing,
        "dw/dt = -w/(5*ms) + 0.3*xi/sqrt(ms) : 1 (clock-driven)\nn : 1",
        on_post="n += w",
        method="euler",
        name="r",
    )
    R.connect(p=0.4)
    # Sums over spikes of groups that are not updated in the order of their gids.
    both = snn.NeuronGroup(13, "q : 1\nr : 1", name="both", events={"many": "q > 8"})
    both.run_on_event("many", "q *= rand(); r += 1", when="resets")
    many = snn.EventMonitor(both, "many", "q")
    E = snn.Synapses(
        both,
        noise,
        on_pre="load_post = 0.9*load_post + 0.1*i",
        on_event="many",
        delay=1.2 * snn.ms,
        name="e",
    )
    E.connect()
    B = snn.Synapses(
        late,
        both,
        "c : 1",
        on_post="c = 0.7*c + 1",
        on_event="many",
        delay={"post": 0.7 * snn.ms},
        name="f",
    )
    B.connect(j="i")
    onto = [
        snn.Synapses(group, both, "w : 1", on_pre="q_post = 0.9*q_post + w", name=f"{group.name}_q")
        for group in (late, changing, early)
    ]
    for made in onto:
        made.connect()
        made.w = "rand()"
    trace = snn.StateMonitor(late, ["v", "x"], record=True)
    spikes = snn.SpikeMonitor(early, "x"), snn.SpikeMonitor(late), snn.SpikeMonitor(changing)
    groups = late, early, noise, store, changing, both
    net = snn.Network(*groups, S, R, E, B, onto, trace, spikes, many, seed=4, threads=threads)

    def results() -> Results:
        return {
            "v": trace.v,
            "x": trace.x,
            "t": spikes[0].t,
            "i": spikes[0].i,
            "at spikes": spikes[0].x,
            "late t": spikes[1].t,
            "changing": spikes[2].t,
            "rates": changing.rates,
            "w": R.w,
            "q": both.q,
            "n": R.n,
            "load": store.load,
            "noise": noise.x,
            "many t": many.t,
            "many i": many.i,
            "at many": many.q,
            "r": both.r,
            "c": B.c,
            "of many": noise.load,
        }

    return net, results


def clocked(threads: int = 1) -> tuple[snn.Network, Callable[[], Results]]:
    """Sources, neurons and synapses with clocks of their own, and what reads their results."""
    ms = snn.ms
    sources = snn.PoissonGroup(11, 150 * snn.Hz, dt=0.3 * ms, name="sources")
    given = snn.SpikeGeneratorGroup(
        3, [0, 1, 2, 0], [1, 4, 9, 14.2] * ms, dt=0.5 * ms, period=15 * ms, name="given"
    )
    noise = snn.NeuronGroup(
        9,
        "dv/dt = (1.1 - v)/(6*ms) + 0.1*xi/sqrt(ms) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0.1*rand()",
        refractory=2 * ms,
        method="euler",
        dt=0.2 * ms,
        name="noise",
    )
    cells = snn.NeuronGroup(
        8,
        "dv/dt = (x - v)/(5*ms) : 1 (unless refractory)\nx : 1 (linked)\nn : 1",
        threshold="v > 0.9",
        reset="v = 0",
        refractory="v > 0.5",
        method="euler",
        dt=0.4 * ms,
        events={"few": "n % 5 > 3"},
        name="cells",
    )
    cells.x = snn.linked_var(noise, "v", index=np.arange(8))
    cells.run_on_event("few", "n += 1.3*rand()")
    more = snn.PoissonInput(cells, "v", 20, 50 * snn.Hz, weight=0.05)
    made = [
        snn.Synapses(sources, cells, on_pre="v_post += 0.1", delay=0.9 * ms, name="a"),
        snn.Synapses(given, noise, on_pre="v_post += 0.3*rand()", delay=0.6 * ms, name="b"),
        snn.Synapses(
            noise,
            cells,
            "w : 1\ndy/dt = -y/(3*ms) + 0.1*xi/sqrt(ms) : 1 (clock-driven)",
            on_pre={"pre": "n_post += 1 + 0.01*y"},
            on_post="w = 0.5*w + y",
            method="euler",
            dt=0.6 * ms,
            delay=1.3 * ms,
            name="c",
        ),
        snn.Synapses(cells, noise, "k : 1", on_pre="k += 1", on_event="few", name="d"),
    ]
    for one in made:
        one.connect(p=0.6)
    trace = snn.StateMonitor(cells, ["v", "n"], record=True)
    spikes = [snn.SpikeMonitor(one, name=f"of_{one.name}") for one in (sources, noise, cells)]
    rate, few = snn.PopulationRateMonitor(noise), snn.EventMonitor(cells, "few", "n")
    groups = sources, given, noise, cells
    net = snn.Network(*groups, more, *made, trace, *spikes, rate, few, seed=9, threads=threads)

    def results() -> Results:
        found = {"v": trace.v, "n": trace.n, "rate": rate.rate, "few t": few.t, "few": few.n}
        for one in spikes:
            found |= {f"{one.name} t": one.t, f"{one.name} i": one.i}
        return found | {"noise": noise.v, "w": made[2].w, "y": made[2].y, "k": made[3].k}

    return net, results
