"""Hodgkin-Huxley neurons with conductance-based synapses, as Brian2GeNN was measured with.

Brette R et al. (2007), J Comput Neurosci 23:349-398, benchmark 3, with 1000 synapses a neuron whose
weights are 0: neurons spike by their initial conductances, whatever the size, and spikes are
delivered. Stimberg M, Goodman DFM, Nowotny T (2020), Sci Rep 10:410.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import distsnn

# Rates after Traub & Miles (1991); u is the potential above that of the sodium channels.
MODEL = """
dv/dt = (gl*(El - v) + ge*(0*mV - v) + gi*(-80*mV - v)
         - gNa*m**3*h*(v - 50*mV) - gK*n**4*(v + 90*mV))/Cm : volt
dm/dt = (am*(1 - m) - bm*m)/ms : 1
dn/dt = (an*(1 - n) - 0.5*exp((10*mV - u)/(40*mV))*n)/ms : 1
dh/dt = (0.128*exp((17*mV - u)/(18*mV))*(1 - h) - 4/(1 + exp((40*mV - u)/(5*mV)))*h)/ms : 1
dge/dt = -ge/(5*ms) : siemens
dgi/dt = -gi/(10*ms) : siemens
am = 0.32*(13 - u/mV)/(exp((13*mV - u)/(4*mV)) - 1) : 1
bm = 0.28*(u/mV - 40)/(exp((u - 40*mV)/(5*mV)) - 1) : 1
an = 0.032*(15 - u/mV)/(exp((15*mV - u)/(5*mV)) - 1) : 1
u = v + 63*mV : volt
"""


def objects(simulator: ModuleType, neurons: int) -> list[Any]:
    """The group and its synapses, made with the names of `simulator` (brian2 or distsnn)."""
    mV, ms, nS = simulator.mV, simulator.ms, simulator.nS
    # An area of 20000 um^2.
    names = {
        "gl": 10 * nS, "El": -60 * mV, "gNa": 20000 * nS, "gK": 6000 * nS, "Cm": 200 * simulator.pF,
        "mV": mV, "ms": ms, "nS": nS, "we": 0 * nS,
    }  # fmt: skip
    cells = simulator.NeuronGroup(
        neurons, MODEL, threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler",
        namespace=names, name="cells",
    )  # fmt: skip
    cells.v = "El + (5*randn() - 5)*mV"
    cells.ge = "(1.5*randn() + 4)*10*nS"
    cells.gi = "(12*randn() + 20)*10*nS"
    made = [cells]
    for name, group, variable in (
        ("excitatory", cells[: neurons * 4 // 5], "ge"),
        ("inhibitory", cells[neurons * 4 // 5 :], "gi"),
    ):
        synapses = simulator.Synapses(
            group, cells, on_pre=f"{variable} += we", namespace=names, name=name
        )
        synapses.connect(p=min(1.0, 1000 / neurons))
        made.append(synapses)
    return made


def network(*, neurons: int = 4000, seed: int = 1) -> distsnn.Network:
    """The network in distsnn."""
    return distsnn.Network(*objects(distsnn, neurons), dt=0.1 * distsnn.ms, seed=seed)
