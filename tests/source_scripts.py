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
    """Between two groups: sums, additions, refractoriness, delays, slices; others stay apart."""
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
    # It reads what the others write, from where it lives.
    U = b.Synapses(A, C, "x : 1", on_post="x += 0.01*s_pre", on_pre="g_post += 0.02*s_pre")
    U.connect(j="i")
    W = b.Synapses(C, A, "w : 1", on_pre="v_post += 0.04")
    W.connect(condition="(i*j) % 4 == 1")
    W.delay = 0.7 * b.ms
    M = b.SpikeMonitor(A)
    N = b.SpikeMonitor(C)
    b.Network(A, B, C, S, T, U, W, M, N).run(70 * b.ms)
    more = {"w": S.w, "n": S.n, "x": U.x, "C i": np.bincount(N.i, minlength=11)}
    return found(b, M, A, B, C) | more


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
    "one after the other": one_after_the_other,
    "onto itself": onto_itself,
    "refractory sources": refractory_sources,
    "names of all kinds": names_of_all_kinds,
}
# See `tests.synapse_scripts.IN_ORDER`.
IN_ORDER = {"one after the other", "retrograde"}
