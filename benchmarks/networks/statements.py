"""Synapses with statements that no table holds, as equations that Brian 2 and distsnn both run.

Each kind is the synapse of a published model between neurons that external spikes drive:
NMDA receptors (Brunel & Wang 2001), calcium (Graupner & Brunel 2012), the voltage rule (Clopath et
al. 2010), STDP with a reward (Izhikevich 2007) and gap junctions.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import distsnn

CELLS = """dv/dt = (-v + 5*I)/(20*ms) : 1
           dlow/dt = (v - low)/(10*ms) : 1
           I : 1"""
# Of each the model, the statements at a spike of the source and of the target.
SYNAPSES = {
    "nmda": (
        """I_post = 0.0002*s/(1 + exp(-2*v_post)) : 1 (summed)
           ds/dt = -s/(100*ms) + 0.5*x*(1 - s)/ms : 1 (clock-driven)
           dx/dt = -x/(2*ms) : 1 (clock-driven)""",
        "x += 1",
        "",
    ),
    "calcium": (
        """drho/dt = (-rho*(1 - rho)*(0.5 - rho) + 0.7*(1 - rho)*int(c > 1.3)
               - 0.3*rho*int(c > 1))/(150*second) : 1 (clock-driven)
           dc/dt = -c/(20*ms) : 1 (clock-driven)""",
        "v_post += 0.002*rho; c += 1",
        "c += 2",
    ),
    "voltage": (
        """w : 1
           dx/dt = -x/(15*ms) : 1 (event-driven)""",
        "v_post += w; x += 1; w = clip(w - 1e-4*low_post*int(low_post > 0.3), 0, 0.01)",
        "w = clip(w + 1e-4*x*v_post*int(low_post > 0.2), 0, 0.01)",
    ),
    "reward": (
        """dc/dt = -c/second : 1 (clock-driven)
           dd/dt = -d/(200*ms) : 1 (clock-driven)
           ds/dt = c*d/second : 1 (clock-driven)
           dapre/dt = -apre/(20*ms) : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        "v_post += 0.002*s; apre += 0.01; c += apost; d += 0.001",
        "apost -= 0.01; c += apre",
    ),
    "gap": ("I_post = 0.0002*(v_pre - v_post) : 1 (summed)", "", ""),
}
INITIAL = {"calcium": {"rho": "rand()"}, "voltage": {"w": "0.01*rand()"}, "reward": {"s": "rand()"}}


def objects(simulator: ModuleType, kind: str, neurons: int) -> list[Any]:
    """The groups and synapses, made with the names of `simulator` (brian2 or distsnn)."""
    names = {"ms": simulator.ms, "second": simulator.second}
    cells = simulator.NeuronGroup(
        neurons, CELLS, threshold="v > 1", reset="v = 0", method="euler", namespace=names,
        name="cells",
    )  # fmt: skip
    cells.v = "rand()"
    drive = simulator.PoissonGroup(neurons, rates=1000 * simulator.Hz, name="drive")
    kicks = simulator.Synapses(drive, cells, on_pre="v_post += 0.06", name="kicks")
    kicks.connect(j="i")
    model, on_pre, on_post = SYNAPSES[kind]
    synapses = simulator.Synapses(
        cells, cells, model, on_pre=on_pre or None, on_post=on_post or None, method="euler",
        namespace=names, name="synapses",
    )  # fmt: skip
    synapses.connect(p=0.1)
    for name, value in INITIAL.get(kind, {}).items():
        setattr(synapses, name, value)
    return [cells, drive, kicks, synapses]


def network(*, kind: str = "nmda", neurons: int = 1000, seed: int = 1) -> distsnn.Network:
    """The network in distsnn."""
    return distsnn.Network(*objects(distsnn, kind, neurons), dt=0.1 * distsnn.ms, seed=seed)
