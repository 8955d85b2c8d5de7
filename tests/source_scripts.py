"""More scripts like those of `tests.synapse_scripts`: synapses that write to sources, names."""
# ruff: noqa: F841 - the texts refer to them

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Results = dict[str, np.ndarray]
CELLS = """dv/dt = (I - v)/(12*ms) : 1 (unless refractory)
           dg/dt = -g/(5*ms) : 1
           I : 1
           r : 1
           s : 1"""


def cells(b: Any, n: int, name: str, drive: str, refractory: Any) -> Any:
    group = b.NeuronGroup(
        n,
        CELLS,
        threshold="v > 1",
        reset="v = 0",
        refractory=refractory,
        method="euler",
        name=name,
    )
    group.I = drive
    group.v = "0.07*i"
    return group


def found(b: Any, M: Any, *groups: Any) -> Results:
    out = {"t": M.t / b.ms, "i": M.i}
    for group in groups:
        out |= {f"{x} of {group.name}": np.array(getattr(group, x)) for x in "vgrs"}
    return out


def retrograde(b: Any) -> Results:
    """Between two groups: sums, additions, refractoriness, delays, slices."""
    A = cells(b, 9, "A", "1.3 + 0.1*i", 2.3 * b.ms)
    B = cells(b, 7, "B", "1.2 + 0.17*i", "1*ms + 0.3*i*ms")
    C = cells(b, 11, "C", "1.4 + 0.07*i", 1.1 * b.ms)
    S = b.Synapses(
        A[1:],
        B[:6],
        """w : 1
           n : 1
           da/dt = -a/(7*ms) + 0.01*I_post*v_post/ms : 1 (event-driven)""",
        on_pre={
            "pre": "g_post += w; r_pre += 0.1*w*g_post; v_pre += 0.03; a += 1",
            "back": "g_pre -= 0.02*(1 + v_post)*int(not_refractory_pre)",
        },
        on_post="v_pre -= 0.05*a; n += clip((t - lastspike_pre)/ms, 0, 50)",
        delay={"back": 1.7 * b.ms},
        name="S",
    )
    S.connect(condition="(i + 2*j) % 3 != 1")
    S.w = "0.05 + 0.011*i - 0.007*j"
    S.pre.delay = "0.1*((3*i + 7*j) % 23)*ms"
    T = b.Synapses(A, B, "u : 1\ns_pre = u*(g_post + 0.2*v_pre) : 1 (summed)", name="T")
    T.connect(condition="i != j")
    T.u = "0.03*cos(i + j)"
    # It reads what the others have written in the same step.
    U = b.Synapses(A, C, "x : 1", on_post="x += 0.01*r_pre", on_pre="g_post += 0.02*v_pre")
    U.connect(j="i")
    W = b.Synapses(C, A, "w : 1", on_pre="v_post += 0.04")
    W.connect(condition="(i*j) % 4 == 1")
    W.delay = 0.7 * b.ms
    M = b.SpikeMonitor(A)
    N = b.SpikeMonitor(C)
    b.Network(A, B, C, S, T, U, W, M, N).run(70 * b.ms)
    more = {"w": S.w, "n": S.n, "x": U.x, "C i": np.bincount(N.i, minlength=11)}
    return found(b, M, A, B, C) | more


def changed_before(b: Any) -> Results:
    """Sources that are only read, what has changed them in the step, and what has not yet."""
    A = cells(b, 8, "A", "1.4 + 0.05*(i % 4)", False)
    B = cells(b, 6, "B", "1.4 + 0.05*(i % 3)", 1.1 * b.ms)
    C = b.NeuronGroup(
        5,
        "dv/dt = (1.45 - v)/(12*ms) : 1\nz : 1\nh = 2*v + z : 1",
        threshold="v > 1",
        reset="v = 0; z += 1",
        method="euler",
        name="C",
    )
    model = "x : 1\ny : 1\nq = 0.1*x + h_pre : 1"
    S = {
        # In the order in which they act, which is not that of the network.
        "a": b.Synapses(A, C, "x : 1", on_pre="x += v_pre + r_pre", name="a"),
        "b": b.Synapses(A, A, "w : 1", on_pre="v_post += w", on_post="r_post += 1", name="b"),
        "c": b.Synapses(
            A,
            B,
            "x : 1\ny : 1\ndm/dt = -m/(9*ms) + 0.1*g_pre/ms : 1 (event-driven)",
            on_pre="m += v_pre; g_post += 0.1*m",
            on_post="x += m + r_pre; y += g_post + v_post",
            name="c",
        ),
        "d": b.Synapses(C, B, model, on_pre="x += q; v_post += 0.02*h_pre", name="d"),
        "e": b.Synapses(B, C, "w : 1", on_pre="v_post += w*(1 + 0.1*g_pre)", name="e"),
        "f": b.Synapses(C, B, model, on_pre={"pre": "x += q", "k": "y += q"}, name="f"),
        "g": b.Synapses(A[:4], A[4:], "x : 1", on_pre="x += g_pre; g_post += 0.1", name="g"),
    }
    for n, synapses in enumerate(S.values()):
        synapses.connect(condition="(i + 2*j) % 3 != 1")
        synapses.pre.delay = f"0.1*((3*i + 7*j + {n}) % 5)*ms"
    S["b"].w = "0.02*(1 + i)/(1 + j)"
    S["e"].w = "0.03 + 0.01*i"
    M, N, K = b.SpikeMonitor(A), b.SpikeMonitor(B), b.SpikeMonitor(C)
    b.Network(A, B, C, M, N, K, *reversed(S.values())).run(60 * b.ms)
    out = found(b, M, A, B) | {"v of C": np.array(C.v), "z of C": np.array(C.z)}
    out |= {f"x of {n}": np.array(S[n].x) for n in "acdfg"}
    out |= {f"y of {n}": np.array(S[n].y) for n in "cf"} | {"m": np.array(S["c"].m)}
    return out | {"B i": np.bincount(N.i, minlength=6), "C i": np.bincount(K.i, minlength=5)}


def changed_later(b: Any) -> Results:
    """Sources that events change after they were read, and sums: they stay apart."""
    A = cells(b, 8, "A", "1.4 + 0.05*(i % 4)", 1.1 * b.ms)
    B = cells(b, 6, "B", "1.4 + 0.05*(i % 3)", False)
    R = b.Synapses(A, B, "x : 1", on_pre="x += v_pre + s_pre; g_post += 0.1*g_pre", name="a")
    W = b.Synapses(B, A, "w : 1", on_pre="v_post += 0.03; g_post += 0.1", name="b")
    T = b.Synapses(B[3:], A, "s_post = 0.1*v_pre : 1 (summed)", on_post="g_post += 0.1", name="c")
    # Another part of the group is changed than the one that is read.
    U = b.Synapses(B[:3], B[3:], "x : 1", on_pre="x += v_pre; v_post += 0.03*v_pre", name="d")
    for n, synapses in enumerate((R, W, T, U)):
        synapses.connect(condition="(i + 2*j) % 3 != 1")
        if n != 2:
            synapses.delay = f"0.1*((3*i + 7*j + {n}) % 5)*ms"
    M = b.SpikeMonitor(A)
    b.Network(A, B, R, W, T, U, M).run(60 * b.ms)
    return found(b, M, A, B) | {"x": np.array(R.x), "part": np.array(U.x)}


def one_after_the_other(b: Any) -> Results:
    """Within one group: plain assignments, and statements that see what others have written."""
    G = cells(b, 8, "G", "1.5 + 0.01*(i % 4)", False)
    S = b.Synapses(
        G,
        G,
        "w : 1\nk : 1",
        on_pre="r_pre = 0.5*r_pre + w*r_post; s_post = w + 0.3*s_pre; k = r_pre",
        on_post="r_pre = w + 0.01*i",
        name="S",
    )
    S.connect(condition="i != j")
    S.w = "0.1 + 0.03*i + 0.05*j"
    S.delay = "0.1*((3*i + 7*j) % 5)*ms"
    T = b.Synapses(G, G, "c : 1", on_pre="c += r_pre; g_pre = c*0.01", name="T")
    T.connect(condition="abs(i - j) == 1")
    M = b.SpikeMonitor(G)
    b.Network(G, S, T, M).run(60 * b.ms)
    return found(b, M, G) | {"k": S.k, "c": T.c}


def onto_itself(b: Any) -> Results:
    """A neuron that is both source and target takes all that is added to it."""
    G = cells(b, 6, "G", "1.4 + 0.1*i", 1.3 * b.ms)
    S = b.Synapses(G, G, "w : 1", on_pre="r_pre += w; r_post += 3*w; g_pre += 0.1; g_post += 0.2")
    S.connect()
    S.w = "0.1 + 0.03*i + 0.05*j"
    S.delay = "0.1*((i + j) % 4)*ms"
    M = b.SpikeMonitor(G)
    b.Network(G, S, M).run(50 * b.ms)
    return found(b, M, G)


def refractory_sources(b: Any) -> Results:
    """What synapses read of their sources' refractoriness, where nothing writes to these."""
    A = cells(b, 9, "A", "1.6 + 0.2*i", 2.3 * b.ms)
    B = cells(b, 7, "B", "1.2 + 0.17*i", "v > 0.4")
    out = {}
    for n, (source, target) in enumerate([(A, B), (B, A)]):
        S = b.Synapses(
            source,
            target,
            "w : 1\nn : 1\nm : integer",
            on_pre="g_post += w*int(not_refractory_pre); n += exp((lastspike_pre - t)/(5*ms))",
            on_post="m += int(not_refractory_pre and not_refractory_post)",
            name=f"S{n}",
        )
        S.connect()
        S.w = "0.05 + 0.011*i - 0.007*j + 0.001*int(not_refractory_pre)"
        S.delay = "0.1*((3*i + 7*j) % 31)*ms"
        out[n] = S
    M = b.SpikeMonitor(A)
    b.Network(A, B, *out.values(), M).run(70 * b.ms)
    more = {f"{x}{n}": np.array(getattr(S, x)) for n, S in out.items() for x in "wnm"}
    return found(b, M, A, B) | more


def names_of_all_kinds(b: Any) -> Results:
    """Variables with the names that generated code and its arrays have."""
    new_rate, count_, source_start = 0.3, 1.07, 0.01
    G = b.NeuronGroup(
        7,
        """dv/dt = (step*count_ - v + new_rate*np)/(8*ms) : 1 (unless refractory)
           dnp/dt = (max*active - np)/(5*ms) : 1
           step : 1
           max : 1
           active : 1
           count : integer
           lid : 1
           new_v = 0.1*v : 1
           kept_v : 1
           last_spike : second
           spiked : boolean
           index = i*0.01 : 1
           parameter_step : 1
           refractory_steps : 1""",
        threshold="v > 1 + index",
        reset="""before = 2*new_v
                 v = 0
                 count += 1
                 lid = before + kept_v
                 spiked = not spiked
                 last_spike = t""",
        refractory="1.3*ms",
        method="euler",
        name="G",
    )
    G.step = "1.3 + 0.1*i"
    G.max = 0.4
    G.active = "1 + index"
    G.parameter_step = 2
    G.refractory_steps = 3
    S = b.Synapses(
        G,
        G,
        """c_dt : 1
           key0_0 : 1
           new_free : 1
           due : 1
           summed = 0.01*parameter_step_pre : 1
           dfree/dt = -free/(5*ms) : 1 (clock-driven)
           drow_of/dt = -row_of/(7*ms) : 1 (event-driven)""",
        on_pre="""n = c_dt + source_start
                  v_post += n
                  kept_v_post += 0.001*row_of + max_pre*summed + 0.0*refractory_steps_post
                  row_of += 1
                  free += 0.1
                  due = new_free + free
                  new_free += 0.5
                  key0_0 += lid_post""",
        method="euler",
        name="S",
    )
    S.connect(condition="i != j and abs(i - j) < 3")
    S.c_dt = "0.02 + 0.001*j"
    S.delay = "0.1*((3*i + 7*j) % 13)*ms"
    M = b.SpikeMonitor(G, variables=["step", "index"])
    V = b.StateMonitor(G, ["step", "new_v", "last_spike", "count", "kept_v"], record=[1, 5])
    W = b.StateMonitor(S, ["due", "free", "key0_0"], record=[2, 4])
    b.Network(G, S, M, V, W).run(40 * b.ms)
    out = {"t": M.t / b.ms, "i": M.i, "last": G.last_spike / b.ms, "trace": V.last_spike / b.ms}
    out |= {x: np.array(getattr(G, x)) for x in ("np", "count", "lid", "kept_v", "spiked", "index")}
    out |= {x: np.array(getattr(S, x)) for x in ("c_dt", "key0_0", "new_free", "due", "row_of")}
    out |= {f"V {x}": np.array(getattr(V, x)) for x in ("step", "new_v", "count", "kept_v")}
    return out | {f"W {x}": np.array(getattr(W, x)) for x in ("due", "free", "key0_0")}


SCRIPTS: dict[str, Callable[[Any], Results]] = {
    "retrograde": retrograde,
    "changed before": changed_before,
    "changed later": changed_later,
    "one after the other": one_after_the_other,
    "onto itself": onto_itself,
    "refractory sources": refractory_sources,
    "names of all kinds": names_of_all_kinds,
}
# See `tests.synapse_scripts.IN_ORDER`.
IN_ORDER = {"one after the other", "retrograde"}
