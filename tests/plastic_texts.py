"""A recurrent network whose plastic synapses are written as text, for several tests.

Cells excite one another (`S`: delays that differ, the old weight transmitted, bounds) and hear
given spikes (`T`: as in Brian 2's tutorial, without delay; the new weight transmitted).
"""

from __future__ import annotations

from typing import Any

import numpy as np

import distsnn as snn

DT, N, N_INPUT = 0.1, 30, 8
W_MAX, G_MAX = 120.0, 6.0
rng = np.random.default_rng(3)
CURRENT, V_START = rng.uniform(350.0, 460.0, N), rng.uniform(-70.0, -50.0, N)
EDGES = {"S": rng.integers(0, N, (2, 500)), "T": np.indices((N_INPUT, N)).reshape(2, -1)}
STEPS = rng.integers(0, 60, 500)
START = {"S": rng.uniform(0.0, W_MAX, 500), "T": rng.uniform(0.0, G_MAX, N_INPUT * N)}
TIMES = np.sort(rng.choice(3000, 300, replace=False)) * DT
SOURCES = rng.integers(0, N_INPUT, 300)
CELLS = """dv/dt = (-70*mV - v)/(12*ms) + (current + I)/(250*pF) : volt (unless refractory)
           dI/dt = -I/(4*ms) : amp
           current : amp (constant)"""
MODEL = """w : 1
           dapre/dt = -apre/taupre : 1 (event-driven)
           dapost/dt = -apost/taupost : 1 (event-driven)"""
# What is sent and what changes at a spike of the source, and at one of the target.
TEXTS = {
    "S": (
        """I_post += w*pA
           apre += 9.0
           w = clip(w + apost, 0, wmax)""",
        """apost -= 5.5
           w = clip(w + apre, 0, wmax)""",
    ),
    "T": (
        """apre += 0.5
           w = clip(w + apost, 0, wmax)
           v_post += w*mV""",
        """w = clip(w + apre, 0, wmax)
           apost += -0.55""",
    ),
}
RULES = {
    "S": snn.STDP(9.0, 5.5, tau_plus=12.0, tau_minus=19.0, w_max=W_MAX),
    "T": snn.STDP(0.5, 0.55, tau_plus=12.0, tau_minus=19.0, w_max=G_MAX, transmits="after"),
}
Made = tuple[snn.Network, dict[str, Any], snn.SpikeMonitor]


def text_network(recognize: bool = True, monitors: bool = True) -> Made:
    """The network as text."""
    cells = snn.NeuronGroup(
        N, CELLS, threshold="v >= -52*mV", reset="v = -62*mV", refractory=(10 + 1) * DT,
        method="exact", name="cells",
    )  # fmt: skip
    cells.v, cells.current = V_START, CURRENT
    given = snn.SpikeGeneratorGroup(N_INPUT, SOURCES, TIMES, name="given")
    parts: dict[str, Any] = {"cells": cells}
    for name, (on_pre, on_post) in TEXTS.items():
        names = {"taupre": 12.0, "taupost": 19.0, "wmax": W_MAX if name == "S" else G_MAX}
        parts[name] = snn.Synapses(
            cells if name == "S" else given, cells, MODEL,
            on_pre=on_pre, on_post=on_post, namespace=names, name=name, recognize=recognize,
        )  # fmt: skip
        parts[f"names of {name}"] = names
        parts[name].connect(i=EDGES[name][0], j=EDGES[name][1])
        parts[name].w = START[name]
    parts["S"].delay = STEPS * DT
    spikes = snn.SpikeMonitor(cells, name="spikes")
    net = snn.Network(cells, given, parts["S"], parts["T"], spikes, dt=DT)
    if monitors:
        for name in "ST":
            parts[f"weights of {name}"] = snn.StateMonitor(
                parts[name], "w", record=[7, 0, 200], dt=1.3, name=f"weights_{name}"
            )
            net.add(parts[f"weights of {name}"])
    return net, parts, spikes


def ready_network() -> Made:
    """The same of ready models and the class `STDP`."""
    cells = snn.NeuronGroup(
        N,
        snn.LIF(C_m=250.0, tau_m=12.0, E_L=-70.0, V_th=-52.0, V_reset=-62.0, t_ref=1.0),
        name="cells",
    )
    cells.I_e, cells.V_m = CURRENT, V_START
    given = snn.SpikeGeneratorGroup(N_INPUT, SOURCES, TIMES, name="given")
    parts: dict[str, Any] = {"cells": cells}
    for name, rule in RULES.items():
        recurrent = name == "S"
        parts[name] = snn.Synapses(
            cells if recurrent else given, cells,
            snn.Exponential(tau=4.0) if recurrent else snn.Delta(),
            weight=START[name], delay=STEPS * DT if recurrent else 0.0, stdp=rule, name=name,
        )  # fmt: skip
        parts[name].connect(i=EDGES[name][0], j=EDGES[name][1])
    spikes = snn.SpikeMonitor(cells, name="spikes")
    return snn.Network(cells, given, parts["S"], parts["T"], spikes, dt=DT), parts, spikes


def variables(parts: dict[str, Any]) -> dict[str, np.ndarray]:
    """All variables of the synapses now."""
    names = ("w", "apre", "apost", "lastupdate", "delay")
    return {f"{s}.{name}": np.array(getattr(parts[s], name)) for s in "ST" for name in names}


def found(parts: dict[str, Any], spikes: snn.SpikeMonitor) -> dict[str, np.ndarray]:
    """All results."""
    result = variables(parts) | {"t": spikes.t, "i": spikes.i, "v": parts["cells"].v}
    recorded = {name: m.w for name, m in parts.items() if name.startswith("weights of")}
    return result | recorded


def is_recognized(net: snn.Network) -> bool:
    """Whether the program has plastic tables, and no statements of synapses."""
    built = net._state.built.build
    assert built is not None
    return len(built.program.readers) == 2 and not built.synapses


def half_weights(parts: dict[str, Any]) -> None:
    """Set weights within the bounds."""
    parts["S"].w[0, :] = "0.5*w"
    parts["S"].w["apre > 1"] = "clip(w + 0.1*apre, 0, 120)"
    parts["T"].w[3:9] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def high_weights(parts: dict[str, Any]) -> None:
    """Set weights of which some lie above the bounds."""
    parts["S"].w[:50] = W_MAX + 10.0


def half_traces(parts: dict[str, Any]) -> None:
    """Set traces."""
    parts["S"].apre = "0.5*apre"
    parts["T"].lastupdate[:9] = 50.0


def other_numbers(parts: dict[str, Any]) -> None:
    """Give another number from outside."""
    parts["names of T"]["taupre"] = 30.0


def former_numbers(parts: dict[str, Any]) -> None:
    """Take `other_numbers` back."""
    parts["names of T"]["taupre"] = 12.0


def half_weights_and_traces(parts: dict[str, Any]) -> None:
    """Set all that can be set of synapses for which code is generated."""
    half_weights(parts)
    half_traces(parts)
    high_weights(parts)
    other_numbers(parts)
