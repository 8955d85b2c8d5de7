"""An exponential synapse between two LIF neurons, one of them driven by a constant current.

The network of BrainPy's page on its exponential synapse, here with built-in models. Other options
of it: ``Exponential(..., output=COBA(E=0*mV))`` or ``MgBlock()``, ``Synapses(..., stp=STP())``
or ``STD()``, ``delay=``, ``storage="dense"``, and ``connect(matrix)``.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

cell = LIF(C_m=10 * pF, tau_m=10 * ms, E_L=0 * mV, V_th=20 * mV, V_reset=-5 * mV, t_ref=0 * ms)
driven, follower = NeuronGroup(1, cell), NeuronGroup(1, cell)
driven.I_e = 25 * pA

receptor = Exponential(tau=8 * ms, output=CUBA())
synapse = Synapses(driven, follower, receptor, weight=5 * pA)
synapse.connect()

source = StateMonitor(driven, "V_m", record=True)
target = StateMonitor(follower, ["V_m", "I_syn"], record=True)
spikes = SpikeMonitor(driven)
run(150 * ms)

fig, (current, voltage) = plt.subplots(2, 1, sharex=True, figsize=(7, 4), layout="constrained")
current.plot(target.t / ms, target.I_syn[0], color="C2")
current.set(ylabel="g (pA)", title="An exponential synapse")
voltage.plot(source.t / ms, source.V_m[0], label="driven")
voltage.plot(target.t / ms, target.V_m[0], label="follower")
voltage.set(xlabel="time (ms)", ylabel="V (mV)")
voltage.legend()
plt.show()
