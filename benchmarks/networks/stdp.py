"""Brian 2's example of plasticity: 1,000 Poisson inputs with STDP onto one neuron.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919-926, as in Brian's example
``synapses.STDP``. ``kind="equations"`` is that text, in Brian 2 and in distsnn; ``"ready"`` the
same model from ready parts, where conductances are in units of a leak of 1 nS.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import distsnn as snn

N, G_MAX, D_APRE = 1000, 0.01, 0.01 * 0.01


def objects(simulator: ModuleType, kind: str, scale: int) -> list[Any]:
    """The groups and synapses, made with the names of `simulator` (brian2 or distsnn)."""
    assert kind == "equations"
    mV, ms, Hz = simulator.mV, simulator.ms, simulator.Hz
    names = {"gmax": G_MAX, "dApre": D_APRE, "dApost": -1.05 * D_APRE, "mV": mV, "ms": ms}
    source = simulator.PoissonGroup(N * scale, rates=15 * Hz, name="source")
    neuron = simulator.NeuronGroup(
        1,
        """dv/dt = (ge*(0*mV - v) - 74*mV - v)/(10*ms) : volt
           dge/dt = -ge/(5*ms) : 1""",
        threshold="v > -54*mV",
        reset="v = -60*mV",
        method="euler",
        namespace=names,
        name="neuron",
    )
    synapses = simulator.Synapses(
        source,
        neuron,
        """w : 1
           dApre/dt = -Apre/(20*ms) : 1 (event-driven)
           dApost/dt = -Apost/(20*ms) : 1 (event-driven)""",
        on_pre="""ge += w
                  Apre += dApre
                  w = clip(w + Apost, 0, gmax)""",
        on_post="""Apost += dApost
                   w = clip(w + Apre, 0, gmax)""",
        namespace=names,
        name="plastic",
    )
    synapses.connect()
    synapses.w = "rand()*gmax"
    return [source, neuron, synapses]


def network(*, kind: str = "ready", scale: int = 1, seed: int = 1) -> snn.Network:
    """The network in distsnn."""
    if kind == "equations":
        return snn.Network(*objects(snn, kind, scale), dt=0.1 * snn.ms, seed=seed)
    source = snn.PoissonGroup(N * scale, rates=15 * snn.Hz, name="source")
    neuron = snn.NeuronGroup(
        1,
        snn.LIF(C_m=10.0, tau_m=10.0, E_L=-74.0, V_th=-54.0, V_reset=-60.0, t_ref=0.0),
        name="neuron",
    )
    neuron.V_m = -60.0
    rule = snn.STDP(D_APRE, 1.05 * D_APRE, w_max=G_MAX)
    synapses = snn.Synapses(
        source,
        neuron,
        snn.Exponential(tau=5.0, output=snn.COBA(E=0.0)),
        weight=snn.Uniform(0.0, G_MAX),
        delay=0.0,
        stdp=rule,
        name="plastic",
    )
    synapses.connect()
    return snn.Network(source, neuron, synapses, dt=0.1 * snn.ms, seed=seed)
