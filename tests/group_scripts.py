"""Scripts about groups that run under Brian 2 and distsnn alike: what else acts in a step.

Each is a function of the module that it would import, and returns what it found, without units.
"""
# ruff: noqa: F841 - the texts refer to them

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.network_scripts import linked_synapses, removed, slots
from tests.ordered_scripts import ORDERED_SCRIPTS
from tests.slot_scripts import SLOT_SCRIPTS

Results = dict[str, np.ndarray]


def linked(b: Any) -> Results:
    """Links to earlier and later groups, to parameters, slices, links, subexpressions."""
    tau = 7 * b.ms
    gain = 1.3
    M = b.NeuronGroup(
        5,
        """dx/dt = (k*sin(2*pi*t/(9*ms)) - x)/tau : 1
           dy/dt = (x - y)/(3*ms) : 1
           k : 1
           drive = gain*clip(x + 0.1*y, 0, 10) + 0.01*k : 1
           seen : 1""",
        threshold="x > 0.4",
        reset="y += 0.05",
        method="euler",
        name="m",
    )
    M.k = "1 + 0.3*i"
    text = """dv/dt = (1.5*x + p + 0.1*w - v)/(4*ms) : 1
              x : 1 (linked)
              p : 1 (linked)
              number : integer (constant)
              d : 1 (linked)
              w : 1 (linked)
              half = 0.5*x + d : 1"""
    early, late = (
        b.NeuronGroup(
            8, text, threshold="v + 0.1*x > 0.7", reset="v = 0", method="euler", name=name
        )
        for name in ("a", "z")
    )
    for group in (early, late):
        group.x = b.linked_var(M.x, index=[4, 3, 2, 1, 0, 1, 2, 3])
        group.p = b.linked_var(M[1:4], "k", index=[0, 1, 2, 2, 1, 0, 0, 1])
        group.number = [0, 4, 1, 3, 2, 2, 0, 4]
        group.d = b.linked_var(M, "drive", index=[0, 4, 1, 3, 2, 2, 0, 4])
        group.w = b.linked_var(M, "y", index="number")
    again = b.NeuronGroup(3, "q : 1 (linked)\nz = q**2 : 1\none : 1 (linked)", name="c")
    again.q = b.linked_var(late.x, index=[7, 0, 3])
    single = b.NeuronGroup(1, "du/dt = -u/(5*ms) : 1", method="euler", name="b")
    single.u = 0.8
    again.one = b.linked_var(single.u)
    S = b.Synapses(late, M, on_pre="seen_post += 1", name="s")
    S.connect()
    E, L, A = (
        b.StateMonitor(early, ["v", "half"], record=True),
        b.StateMonitor(late, ["v", "x"], record=True),
        b.StateMonitor(again, ["z", "one"], record=True),
    )
    F, G = b.SpikeMonitor(early), b.SpikeMonitor(late)
    net = b.Network(M, early, late, again, single, S, E, L, A, F, G)
    net.run(15 * b.ms)
    M.k = "1.4 - 0.1*i"
    net.run(10 * b.ms)
    return {
        "early": E.v,
        "half": E.half,
        "late": L.v,
        "x": L.x,
        "z": A.z,
        "one": A.one,
        "t": F.t / b.ms,
        "i": F.i,
        "late t": G.t / b.ms,
        "seen": M.seen,
        "p": late.p,
        "q": again.q,
    }


def linked_statements(b: Any) -> Results:
    """Resets that read and set variables of another group."""
    M = b.NeuronGroup(
        4, "dx/dt = -x/(20*ms) : 1\ncount : 1\nadded : 1 (shared)", method="euler", name="m"
    )
    M.added = 0.25
    G = b.NeuronGroup(
        4,
        """dv/dt = (1.2 + 0.2*i - v)/(5*ms) : 1
           load : 1 (linked)
           n : 1 (linked)
           more : 1 (linked)""",
        threshold="v > 1",
        reset="v = -0.1*load; load += 0.5 + more; n += 1",
        method="euler",
        name="g",
    )
    G.load = b.linked_var(M, "x", index=[3, 2, 1, 0])
    G.n = b.linked_var(M.count)
    G.more = b.linked_var(M.added)
    T, F = b.StateMonitor(M, ["x", "count"], record=True), b.SpikeMonitor(G)
    b.Network(M, G, T, F).run(40 * b.ms)
    return {"x": T.x, "count": T.count, "t": F.t / b.ms, "i": F.i, "load": G.load, "n": G.n}


def regular(b: Any) -> Results:
    """Operations of groups and slices: slots, order, dt, refractoriness, shared, linked."""
    gain = 0.3
    stimulus = b.TimedArray([0.5, 0.1, 0.9], dt=4 * b.ms)
    G = b.NeuronGroup(
        6,
        """dv/dt = (1.1 + 0.1*i + u - v)/(5*ms) : 1 (unless refractory)
           u : 1
           n : integer
           total : 1 (shared)
           seen : 1
           free : boolean
           x : 1 (linked)""",
        threshold="v > 1",
        reset="v = 0",
        refractory="1*ms + 0.2*i*ms",
        method="euler",
        name="g",
    )
    M = b.NeuronGroup(6, "x : 1\ndy/dt = x/ms : 1", method="euler", name="m")
    G.x = b.linked_var(M, "x")
    G.run_regularly("u = gain*sin(t/ms + i) + stimulus(t); n += 1", dt=0.7 * b.ms)
    G.run_regularly("total = 2*total + 1; n = n + 2", order=-1, dt=5 * b.ms)
    G[2:5].run_regularly("change = 0.01*n; v += change", when="after_thresholds", name="kick")
    G.run_regularly("seen += v; free = not_refractory", when="before_resets")
    G.run_regularly("x = 0.5*x + v; u *= 0.99", when="end", name="z")
    G.run_regularly("seen = seen*0.9 + 0.001*i", when="end", name="a")
    T = b.StateMonitor(G, ["v", "u", "n", "seen", "free"], record=True, name="trace")
    E = b.StateMonitor(G, ["u", "seen"], record=True, when="end", name="k")
    F = b.SpikeMonitor(G)
    net = b.Network(G, M, T, E, F)
    net.run(7.3 * b.ms)
    G.u = 0.2
    net.run(10 * b.ms)
    found = {name: getattr(T, name) for name in ("v", "u", "n", "seen", "free")}
    return found | {
        "u at end": E.u,
        "seen at end": E.seen,
        "t": F.t / b.ms,
        "i": F.i,
        "total": G.total,
        "y": M.y,
    }


def spiking_targets(b: Any) -> Results:
    """Synapses onto sources, whose spikes alone matter; sums over synapses in both directions."""
    A = b.SpikeGeneratorGroup(3, [0, 1, 2, 0, 1], [1, 2, 3, 6, 9.3] * b.ms, name="A")
    B = b.SpikeGeneratorGroup(2, [0, 1, 0, 1], [2, 3.5, 7, 9.3] * b.ms, name="B")
    S = b.Synapses(
        A,
        B,
        """w : 1
           k : 1
           dx/dt = -x/(5*ms) : 1 (event-driven)""",
        on_pre="x += 1",
        on_post={"post": "w += x", "later": "k = 2*k + x"},
        delay={"later": 0.4 * b.ms},
        name="S",
    )
    S.connect()
    G = b.NeuronGroup(4, "dv/dt = -v/(6*ms) : 1\na : 1\nd : 1", method="euler", name="G")
    H = b.NeuronGroup(3, "du/dt = (c - u)/(4*ms) : 1\nc : 1", method="euler", name="H")
    G.v, H.u = "1 + i", "0.5*i"
    T = b.Synapses(
        G,
        H,
        """w : 1
           a_pre = w*u_post : 1 (summed)
           c_post = w*v_pre : 1 (summed)""",
        name="T",
    )
    T.connect("(i + j) % 3 != 0")
    T.w = "0.1*i - 0.2*j"
    M, N = b.StateMonitor(G, "a", record=True), b.StateMonitor(H, ["u", "c"], record=True)
    b.Network(A, B, S, G, H, T, M, N).run(12 * b.ms)
    return {"w": S.w, "k": S.k, "x": S.x, "a": M.a, "u": N.u, "c": N.c}


def joined_network(b: Any) -> tuple[Any, Callable[[], Results]]:
    """Synapses whose sources or targets are synapses, and what is found of them."""
    source = b.SpikeGeneratorGroup(
        3, [0, 1, 2] * 4, np.repeat([0.0, 2.0, 4.0, 6.0], 3) * b.ms, name="source"
    )
    modulator = b.SpikeGeneratorGroup(3, [0, 2, 1], [1, 3, 4.4] * b.ms, name="modulator")
    G = b.NeuronGroup(3, "v : integer\na : 1\ndu/dt = (a - u)/ms : 1", method="euler", name="G")
    S = b.Synapses(
        source,
        G,
        """w : 1
           y : 1
           z = 2*y : 1
           n : integer
           dx/dt = (w + 0.1*z - x)/(3*ms) : 1 (clock-driven)""",
        on_pre="v += w; x += 0.5",
        delay=0.3 * b.ms,
        method="euler",
        name="S",
    )
    S.connect(j="i")
    S.connect(condition="i <= j")
    S.w = "i + 2*j + 1"
    S.run_regularly("w = 0.99*w + 0.001*v_post", dt=0.7 * b.ms)
    event = b.Synapses(modulator, S, on_pre="w += 1 + i_post; n_post += 1", name="event")
    event.connect(j="k for k in range(N_post) if k % 3 == i", skip_if_invalid=True)
    up = b.Synapses(S, G, "a_post = x_pre*q/N_incoming : 1 (summed)\nq : 1", name="up")
    up.connect("j_pre == j")
    up.q = "0.1*w_pre + i + j_pre"
    down = b.Synapses(G, S, "y_post = u_pre + i_post : 1 (summed)", name="down")
    down.connect("i == j_post and w_post > 0")
    T = b.StateMonitor(S, ["w", "x", "y"], record=True)
    U = b.StateMonitor(G, ["a", "u"], record=True)

    def results() -> Results:
        found = {x: getattr(T, x) for x in ("w", "x", "y")} | {"a": U.a, "u": U.u}
        ends = {f"{x} of {s.name}": getattr(s, x) for s in (event, up, down) for x in "ij"}
        read = {"v": G.v, "n": S.n, "z": S.z, "w_post": down.w_post, "x_pre": up.x_pre}
        return found | {k: values[:] for k, values in (ends | read).items()} | {"q": up.q}

    return b.Network(source, modulator, G, S, event, up, down, T, U), results


def joined(b: Any) -> Results:
    """Synapses of synapses: events, sums up and down, conditions and values over both ends."""
    net, results = joined_network(b)
    net.run(3.1 * b.ms)
    S = next(one for one in net.objects if one.name == "S")
    S.w["i == 0"] = 10
    net.run(5 * b.ms)
    return results()


def regular_synapses(b: Any) -> Results:
    """Operations of synapses: slots, order, dt, both ends; sums after what changes sources."""
    G = b.NeuronGroup(
        4,
        """dv/dt = (1.3 + 0.2*i - v)/(5*ms) : 1 (unless refractory)
           x : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * b.ms,
        method="euler",
        name="g",
    )
    G.run_regularly("x += 0.01*(i + 1)", name="zz")
    H, K = b.NeuronGroup(3, "s : 1\nr : 1", name="h"), b.NeuronGroup(2, "x : 1", name="k")
    S = b.Synapses(
        G,
        G,
        """w : 1
           n : integer
           dy/dt = (w - y)/(3*ms) : 1 (clock-driven)
           dz/dt = -z/(4*ms) : 1 (event-driven)""",
        on_pre="z += 1; w += 0.1*z",
        method="euler",
        name="s",
    )
    S.connect("i != j")
    S.w = "i + 0.1*j"
    gain = 0.3
    S.run_regularly("w *= 0.9; n += 1", dt=0.7 * b.ms)
    S.run_regularly("change = gain*x_pre; w += change*v_post", when="end", name="up")
    S.run_regularly(
        "v_post += 0.01*int(not_refractory_pre); y += 0.1", when="before_resets", order=-1
    )
    T = b.Synapses(G, H, "s_post = x_pre : 1 (summed)", name="t")
    T.connect()
    raising = b.Synapses(G, K, name="raising")
    raising.connect("i != j")
    raising.run_regularly("x_post += 0.1*(i + 1)", when="before_groups")
    R = b.Synapses(K, H, "r_post = (i + 1)*x_pre : 1 (summed)", name="r")
    R.connect()
    M = b.StateMonitor(S, ["w", "y", "n", "z"], record=True, name="mon")
    N = b.StateMonitor(H, ["s", "r"], record=True)
    V, F = b.StateMonitor(G, "v", record=True), b.SpikeMonitor(G)
    b.Network(G, H, K, S, T, raising, R, M, N, V, F).run(12 * b.ms)
    found = {name: getattr(M, name) for name in ("w", "y", "n", "z")}
    return found | {"s": N.s, "r": N.r, "v": V.v, "t": F.t / b.ms, "i": F.i}


def custom_events(b: Any) -> Results:
    """Events that neurons define: where they are looked for, their statements, synapses."""
    ms = b.ms
    G = b.NeuronGroup(
        5,
        """dv/dt = (I - v)/(10*ms) : 1 (unless refractory)
           I : 1
           x : 1
           n : 1""",
        threshold="v > 1",
        reset="v = 0; x += 0.25",
        refractory=2 * ms,
        events={"high": "x > 0.9", "low": "v < 0.1 and not_refractory", "late": "n > 3"},
        method="exact",
        name="g",
    )
    G.I = [1.5, 2, 3, 0.5, 1.2]
    G.run_on_event("high", "x = 0; v = -0.2", when="resets")
    G.run_on_event("low", "n += 1")
    G.set_event_schedule("late", when="after_resets", order=1)
    G.run_on_event("late", "n = 0", when="end")
    H = b.NeuronGroup(
        3,
        "u : 1\nlast : second",
        events={"spike": "u > 3 + i", "first": "u > 1"},
        name="h",
    )
    H.set_event_schedule("first", when="start", order=-1)
    H.run_on_event("spike", "u -= 3", when="resets")
    H.run_on_event("first", "last = t; u *= 0.99", when="start")
    S = b.Synapses(
        G,
        G,
        "w : 1",
        on_pre={"a": "v_post += 0.1", "b": "I_post += 0.01"},
        on_post={"c": "w += 1", "d": "w += 0.1*x_post"},
        on_event={"b": "high", "d": "low"},
        delay={"a": 0.3 * ms, "b": 1.1 * ms, "d": 0.4 * ms},
        name="s",
    )
    S.connect(j="(i + 1) % 5")
    T = b.Synapses(G[1:4], H, "q : 1", on_pre="u_post += 0.2", on_event="low", name="t")
    T.connect()
    R = b.Synapses(H, G, "k : 1", on_pre="k += x_post", on_event="first", name="r")
    R.connect(i=[0, 1, 2, 2], j=[0, 4, 2, 3])
    A = b.EventMonitor(G, "high", ["v", "x"])
    # Without a slot Brian 2 notes events of slices a step late.
    B = b.EventMonitor(G[1:], "low", "x", when="after_thresholds", order=1)
    C, D = b.EventMonitor(G, "late", "n"), b.SpikeMonitor(G, "x", when="end")
    E, F = b.EventMonitor(H, "spike", "u"), b.EventMonitor(H, "first", record=False)
    M, N = (
        b.StateMonitor(G, ["v", "n"], record=True, when="end"),
        b.StateMonitor(H, "u", record=True),
    )
    net = b.Network(G, H, S, T, R, A, B, C, D, E, F, M, N)
    net.run(30.2 * ms)
    net.run(29.8 * ms)
    found = {"v": M.v, "n": M.n, "u": N.u, "w": S.w, "k": R.k, "last": H.last / ms}
    found |= {"count": F.count, "events": np.array([F.num_events]), "G.I": G.I}
    for name, one in (("high", A), ("low", B), ("late", C), ("spike", D), ("of H", E)):
        found |= {f"{name} t": one.t / ms, f"{name} i": one.i}
    trains = B.event_trains()
    return found | {
        "at high": A.v,
        "at low": B.x,
        "at late": C.n,
        "at spike": D.x,
        "at H": E.u,
        "train": trains[1] / ms,
    }


def several_clocks(b: Any) -> Results:
    """Objects with time steps of their own, which divide each other or have a common one."""
    ms = b.ms
    slow = b.Clock(0.5 * ms, name="slow")
    text = """dv/dt = (I + 0.1*sin(t/ms) - v)/(10*ms) : 1 (unless refractory)
              I : 1
              n : 1
              late = t/ms + dt/ms + 0.1*int(not_refractory) + int(t - lastspike < 3.03*ms) : 1"""
    made = {"threshold": "v > 1", "reset": "v = 0", "refractory": 1.2 * ms, "method": "euler"}
    A = b.NeuronGroup(4, text, **made, dt=0.25 * ms, name="A")
    B = b.NeuronGroup(3, text, **made, clock=slow, name="B", events={"low": "v < 0.2"})
    C = b.NeuronGroup(3, text, **made, name="C")
    A.I, B.I, C.I = "1.2 + 0.3*i", "1.3 + 0.2*i", 1.25
    B.run_on_event("low", "n += 1")
    A.run_regularly("I += 0.001; n += dt/ms", dt=1 * ms)
    C.run_regularly("I *= 0.999", when="end")
    G = b.SpikeGeneratorGroup(2, [0, 1, 0, 1], [0.2, 1.7, 4.1, 9.3] * ms, dt=0.3 * ms, name="G")
    onto = """w : 1
              dx/dt = -x/(3*ms) : 1 (event-driven)
              y : 1"""
    change = {"on_pre": "v_post += 0.06; x += 1; w = lastspike_post/ms", "on_post": "y = x + t/ms"}
    AB = b.Synapses(A, B, onto, **change, delay=0.7 * ms, name="AB")
    BC = b.Synapses(B, C, onto, **change, delay={"pre": 1.1 * ms, "post": 0.6 * ms}, name="BC")
    CA = b.Synapses(
        C,
        A,
        "dz/dt = (v_pre - z + dt/ms)/(4*ms) : 1 (clock-driven)\nn_post = z*1.1 : 1 (summed)",
        on_pre="z += t/ms + 0.1*int(not_refractory_post)",
        method="euler",
        dt=0.2 * ms,
        name="onto_A",
    )
    GB = b.Synapses(G, B, "c : 1", on_pre="v_post += 0.3; c = t/ms", delay=0.4 * ms, name="GB")
    BA = b.Synapses(B, A, "c : 1", on_pre="c += 1", on_event="low", delay=0.5 * ms, name="BA")
    for S in (AB, BC, CA, GB, BA):
        S.connect("(i + j) % 2 == 0")
    M = [b.StateMonitor(g, ["v", "late"], record=True) for g in (A, B, C)]
    E = b.StateMonitor(B, ["v", "n"], record=True, when="end", dt=1 * ms)
    Z = b.StateMonitor(CA, "z", record=True)
    spikes = [b.SpikeMonitor(g, "v") for g in (A, B, C)]
    R, L = b.PopulationRateMonitor(B), b.EventMonitor(B, "low")
    seen = []
    watch = b.NetworkOperation(lambda t: seen.append([t / ms, A.v[0], B.v[0]]), dt=1.5 * ms)
    net = b.Network(A, B, C, G, AB, BC, CA, GB, BA, *M, E, Z, *spikes, R, L, watch)
    net.run(12.1 * ms)
    B.I = "1.5 + 0.1*i"
    net.run(17.9 * ms)
    found = {"A.n": A.n, "A.I": A.I, "w": AB.w, "x": AB.x, "y": AB.y, "c": GB.c, "b": BA.c}
    found |= {"C.w": BC.w, "C.y": BC.y, "z": Z.z, "zt": Z.t / ms, "E.v": E.v, "E.n": E.n}
    found |= {"rate": R.rate / b.Hz, "rate t": R.t / ms, "L t": L.t / ms, "L i": L.i}
    for name, m, s in zip("ABC", M, spikes, strict=False):
        found |= {f"{name} v": m.v, f"{name} late": m.late, f"{name} at": m.t / ms}
        found |= {f"{name} t": s.t / ms, f"{name} i": s.i, f"{name} spike v": s.v}
    now = [float(g.t / ms) for g in (A, B, C)]
    return found | {"seen": np.array(seen, dtype=float), "now": np.array(now)}


def resting(b: Any) -> Results:
    """Objects and parts of them that rest between runs, orders of pathways, slots of monitors."""
    G = b.NeuronGroup(
        5,
        """dv/dt = (1.5 - v)/(10*ms) : 1 (unless refractory)
           x : 1
           y : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * b.ms,
        method="exact",
        name="g",
    )
    G.v = [0.0, 0.3, 0.35, 0.6, 0.61]
    regular = G.run_regularly("y += 1 + x", when="end")
    given = b.SpikeGeneratorGroup(2, [0, 1] * 40, (np.arange(80) + 0.05) * b.ms, name="given")
    S = b.Synapses(
        G, G, "w : 1", on_pre="x_post += w", on_post={"a": "w += 1", "b": "w *= 2"}, name="s"
    )
    S.connect(i=[0, 1, 2, 3, 4, 0], j=[1, 2, 3, 4, 0, 0], p=1.0)
    S.w = "(i + j)*0.01"
    S.b.order, S.a.order = 0, 3
    table = b.Synapses(given, G, on_pre="v_post += 0.2", name="table")
    table.connect()
    table.delay = 0.5 * b.ms
    drawn = b.Synapses(given, G, "u : 1", on_pre="x_post += 100*u", name="many")
    drawn.connect()
    drawn.u = "i + 0.1*j"
    pulse = b.PoissonInput(G, "x", 1, 1 / (0.1 * b.ms), 0.0001)
    slots = "start", "before_thresholds", "thresholds", "before_resets", "end"
    monitors = [b.StateMonitor(G, ["v", "x"], record=True, when=slot) for slot in slots]
    spikes, of_given = b.SpikeMonitor(G), b.SpikeMonitor(given)
    net = b.Network(
        G, given, S, table, drawn, pulse, monitors, spikes, of_given,
    )  # fmt: skip
    found: Results = {}

    def run(duration: float) -> None:
        net.run(duration * b.ms)
        for name, values in (("v", G.v), ("x", G.x), ("y", G.y), ("w", S.w)):
            found[f"{name} {len(found)}"] = np.array(values[:])

    run(10)
    G.active = False
    run(5)
    G.active, S.active = True, False
    run(10)
    S.pre.active, regular.active = True, False
    run(10)
    S.active, table.active, drawn.active, given.active = True, False, False, False
    run(5.1)
    table.active, pulse.active = True, False
    run(5)
    for slot, monitor in zip(slots, monitors, strict=True):
        found |= {f"v {slot}": monitor.v, f"x {slot}": monitor.x}
    return found | {
        "t": spikes.t / b.ms, "i": spikes.i, "given t": of_given.t / b.ms, "given i": of_given.i,
        "active": np.array([one.active for one in (G, S.pre, regular, table, drawn, given, pulse)]),
    }  # fmt: skip


SCRIPTS: dict[str, Callable[[Any], Results]] = {
    "linked": linked,
    "linked statements": linked_statements,
    "regular": regular,
    "spiking targets": spiking_targets,
    "joined": joined,
    "regular synapses": regular_synapses,
    "custom events": custom_events,
    "several clocks": several_clocks,
    "resting": resting,
    "removed": removed,
    "linked synapses": linked_synapses,
    "slots": slots,
    **ORDERED_SCRIPTS,
    **SLOT_SCRIPTS,
}
