"""Scripts for both simulators on what a step computes once, or in a place of its own.

What is constant over dt, and what clock-driven and summed variables see of refractoriness.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Results = dict[str, np.ndarray]
WHENS = ("start", "after_thresholds", "end")
SINCE = "clip((t - lastspike{0})/(3.3*ms), 0, 1)"


def held(b: Any, n: int, name: str, refractory: Any) -> Any:
    """Neurons with subexpressions of all kinds that are constant over dt."""
    group = b.NeuronGroup(
        n,
        f"""c = 0.1*floor(t/ms) : 1 (constant over dt, shared)
            dv/dt = (x + 0.1*s - v)/(8*ms) : 1 (unless refractory)
            z = y + v : 1 (constant over dt)
            y = x + 0.1*v : 1
            x = 1.1 + 0.2*i + 0.3*sin(t/(3*ms)) + 0.1*r*int(not_refractory)
                - 0.4*{SINCE.format("")} : 1 (constant over dt)
            r = 0.5*v : 1
            k = int(v*10) : integer (constant over dt)
            f = v > 0.5 : boolean (constant over dt)
            s : 1
            u : 1""",
        threshold="v > 1 + c*0.01",
        reset="v = 0.02*k; x += 0.001",
        refractory=refractory,
        method="euler",
        name=name,
    )
    group.v = "0.13*i"
    return group


def traces(b: Any, object_: Any, names: list[str], whens: tuple[str, ...]) -> dict[str, Any]:
    return {f"{when}": b.StateMonitor(object_, names, record=True, when=when) for when in whens}


def constant_over_dt(b: Any) -> Results:
    """Of neurons and synapses, recorded in several places, set by statements and between runs."""
    ms = b.ms
    A = held(b, 6, "A", 1.3 * ms)
    B = held(b, 5, "B", "v > 0.3")
    out, monitors = {}, {}
    for n, (source, target) in enumerate([(A, B), (B, A)]):
        S = b.Synapses(
            source,
            target,
            f"""w = 0.1*v_pre + 0.2*v_post + 0.1*x_post - 0.03*x_pre*i + 0.01*j + 0.1*sin(t/ms)
                    + 0.3*int(not_refractory_post) + 0.7*int(not_refractory_pre)
                    + {SINCE.format("_pre")} : 1 (constant over dt)
                twice = 2*w : 1 (constant over dt)
                g : 1""",
            on_pre="u_post += w + 0.01*z_pre; g += twice; twice -= 0.1",
            on_post="g -= 0.1*w; x_post += 0.0003",
            name=f"S{n}",
        )
        S.connect(condition="(i + j) % 3 != 0")
        S.delay = "0.1*((i + 2*j) % 4)*ms"
        out[f"S{n}"] = S
        of_synapses = traces(b, S, ["w", "twice", "g"], ("start", "end"))
        monitors |= {(f"S{n}", when, "w twice g"): M for when, M in of_synapses.items()}
    for name, group in (("A", A), ("B", B)):
        names = ["x", "z", "y", "k", "f", "v", "u"]
        of_group = traces(b, group, names, WHENS)
        monitors |= {(name, when, " ".join(names)): M for when, M in of_group.items()}
    spikes = b.SpikeMonitor(A)
    net = b.Network(A, B, *out.values(), *monitors.values(), spikes)
    before = {"x before": np.array(A.x[:]), "w before": np.array(out["S0"].w[:])}
    net.run(17 * ms)
    between = {"x between": np.array(A.x[:]), "w between": np.array(out["S0"].w[:])}
    A.x = 3.3
    A.v = "v + 0.01*x"
    out["S0"].w = "0.2*w"
    out["S0"].g = "g + w"
    net.run(12 * ms)
    found = before | between | {"t": spikes.t / ms, "i": np.array(spikes.i)}
    for (name, when, variables), monitor in monitors.items():
        for x in variables.split():
            found[f"{name} {x} at {when}"] = np.array(getattr(monitor, x), dtype=float)
    return found | {"x after": np.array(A.x[:]), "y after": np.array(A.y[:])}


def cells(b: Any, n: int, name: str, drive: str, refractory: Any) -> Any:
    group = b.NeuronGroup(
        n,
        """dv/dt = (I + 0.05*s + 0.02*h - v)/(6*ms) : 1 (unless refractory)
           I : 1
           s : 1
           h : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=refractory,
        method="euler",
        name=name,
    )
    group.I = drive
    return group


def refractoriness_in_equations(b: Any) -> Results:
    """Before the threshold of a step its spikes are not known yet."""
    ms = b.ms
    A = cells(b, 9, "A", "1.6 + 0.2*i", 2.3 * ms)
    B = cells(b, 7, "B", "1.2 + 0.17*i", "v > 0.4")
    out, monitors = {}, {}
    for n, (source, target) in enumerate([(A, B), (B, A), (B, B)]):
        S = b.Synapses(
            source,
            target,
            f"""dq/dt = (int(not_refractory_pre) - q + 0.3*int(not_refractory)
                    + {SINCE.format("")} - 2*{SINCE.format("_pre")})/(3*ms) : 1 (clock-driven)
                free = int(not_refractory_post) + 0.1*{SINCE.format("_post")} : 1
                {"sh"[n // 2]}_post = free*w + 0.2*int(not_refractory_pre)*w
                    + 0.3*{SINCE.format("_pre")} : 1 (summed)
                w : 1""",
            on_pre="w += 0.01*q",
            method="euler",
            name=f"S{n}",
        )
        S.connect(condition="(i + j) % 4 != 0")
        S.w = "0.1 + 0.02*i - 0.01*j"
        S.delay = "0.1*((3*i + 7*j) % 31)*ms"
        out[f"S{n}"] = S
        monitors[f"S{n}"] = b.StateMonitor(S, ["q", "w"], record=True)
    spikes = b.SpikeMonitor(A)
    sums = b.StateMonitor(A, ["s", "v"], record=True), b.StateMonitor(B, ["s", "h", "v"], True)
    net = b.Network(A, B, *out.values(), *monitors.values(), *sums, spikes)
    net.run(15.3 * ms)
    A.v = "0.5*v"
    net.run(14.7 * ms)
    found = {"t": spikes.t / ms, "i": np.array(spikes.i)}
    for name, M in monitors.items():
        found |= {f"{name} q": np.array(M.q), f"{name} w": np.array(M.w)}
    found |= {"A s": np.array(sums[0].s), "B s": np.array(sums[1].s), "B h": np.array(sums[1].h)}
    return found


def neurons_through_synapses(b: Any) -> Results:
    """Setting ``x_post`` and ``x_pre``, before and between runs; the last synapse counts."""
    ms = b.ms
    G = cells(b, 7, "G", "1.6 + 0.2*i", 2.3 * ms)
    H = cells(b, 6, "H", "1.2 + 0.17*i", "v > 0.4")
    S = b.Synapses(H[1:5], G, "w : 1", on_pre="v_post += w; h_post += 0.1*s_post", name="S")
    S.connect(condition="(i + 2*j) % 3 != 0")
    S.w = "0.01*i + 0.02*j"
    S.I_post = "1.3 + 0.1*i + 0.03*j"
    S.s_post = np.arange(len(S)) * 0.1
    S.v_pre = 0.17
    S.h_pre["i > 1"] = "0.2*w + v_post"
    S.v_post[2, :] = 0.23
    S.v[:, 3] = "0.3 + w"
    S.s_post[[0, 3]] = [0.7, 0.9]
    one = b.Synapses(G, G, name="one")
    one.connect(j="i")
    spikes, M = b.SpikeMonitor(G), b.StateMonitor(G, ["v", "h", "s", "I"], record=True)
    net = b.Network(G, H, S, one, spikes, M)
    net.run(13 * ms)
    found = {"between": np.array(S.v_post[:]), "of one": np.array(S.h_pre[1, :])}
    S.v_post = "0.1*w"
    S.h_post += 0.1
    S.I_pre = "1.7 + 0.01*j"
    # Without the condition Brian's numpy target fails on a text that reads what it sets.
    one.v_post["i < N_pre"] = "0.5*v_post + 0.1*s_pre"
    S.s = 0.3
    net.run(12 * ms)
    found |= {"t": spikes.t / ms, "i": np.array(spikes.i)}
    return found | {f"G {x}": np.array(getattr(M, x)) for x in "vhsI"} | {"H": np.array(H.v[:])}


SCRIPTS: dict[str, Callable[[Any], Results]] = {
    "constant over dt": constant_over_dt,
    "refractoriness in equations": refractoriness_in_equations,
    "neurons through synapses": neurons_through_synapses,
}
