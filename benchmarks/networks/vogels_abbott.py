"""The networks of Vogels & Abbott (2005) as equations, in the dialect of Brian 2.

The same text runs in Brian 2 and in distsnn; the networks are those of the examples ``cuba`` and
``coba``. Brette R et al. (2007), J Comput Neurosci 23:349-398, benchmarks 1 and 2.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import distsnn

EQUATIONS = {
    "cuba": """
        dv/dt = (ge + gi - (v - E_L)) / tau_m : volt (unless refractory)
        dge/dt = -ge / tau_e : volt
        dgi/dt = -gi / tau_i : volt
        """,
    "coba": """
        dv/dt = (E_L - v + ge * (E_e - v) + gi * (E_i - v)) / tau_m : volt (unless refractory)
        dge/dt = -ge / tau_e : 1
        dgi/dt = -gi / tau_i : 1
        """,
}
METHODS = {"cuba": "exact", "coba": "exponential_euler"}


def objects(simulator: ModuleType, kind: str, scale: int) -> list[Any]:
    """The group and its synapses, made with the names of `simulator` (brian2 or distsnn)."""
    mV, ms = simulator.mV, simulator.ms
    names = {
        "tau_m": 20 * ms,
        "tau_e": 5 * ms,
        "tau_i": 10 * ms,
        "V_th": -50 * mV,
        "V_reset": -60 * mV,
    }
    if kind == "cuba":
        names |= {"E_L": -49 * mV, "we": 1.62 * mV, "wi": -9 * mV}
    else:
        # Conductances in units of the leak conductance of 10 nS.
        names |= {"E_L": -60 * mV, "E_e": 0 * mV, "E_i": -80 * mV, "we": 0.6, "wi": 6.7}
    cells = simulator.NeuronGroup(
        4000 * scale,
        EQUATIONS[kind],
        threshold="v > V_th",
        reset="v = V_reset",
        refractory=5 * ms,
        method=METHODS[kind],
        namespace=names,
        name="cells",
    )
    if kind == "cuba":
        cells.v = "-60*mV + rand() * 10*mV"
    else:
        cells.v = "-65*mV + randn() * 5*mV"
        cells.ge = "4 + 1.5 * randn()"
        cells.gi = "20 + 12 * randn()"
    exc, inh = cells[: 3200 * scale], cells[3200 * scale :]
    made = [cells]
    for source, variable, weight in ((exc, "ge", "we"), (inh, "gi", "wi")):
        synapses = simulator.Synapses(
            source, cells, on_pre=f"{variable} += {weight}", namespace=names, name=f"to_{variable}"
        )
        synapses.connect(p=0.02 / scale)
        made.append(synapses)
    return made


def network(*, kind: str = "cuba", scale: int = 1, seed: int = 1) -> distsnn.Network:
    """The network in distsnn."""
    return distsnn.Network(*objects(distsnn, kind, scale), dt=0.1 * distsnn.ms, seed=seed)
