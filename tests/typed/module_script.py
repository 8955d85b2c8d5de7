"""A script with the names of the package, which mypy and pyright check as that of a user."""

from __future__ import annotations

import numpy as np

import distsnn as snn

cells = snn.NeuronGroup(
    100, snn.LIF(I_e=400 * snn.pA, tau_m=snn.Normal(10.0, 1.0, low=5.0)), name="cells"
)
cells.V_m = snn.Uniform(-70.0, -55.0)
cells.V_m[:10] = -60 * snn.mV
exc = snn.Exponential(5 * snn.ms, name="exc")
syn = snn.Synapses(
    cells[:80], cells, exc, weight=snn.Normal(10.0, 2.0, low=0.0), delay=1.5 * snn.ms
)
syn.connect(snn.FixedIndegree(10))
inh = snn.Synapses(cells, cells, exc, weight=5.0, delay=1.0)
inh.connect(snn.Bernoulli(0.1))
noise = snn.PoissonInput(cells, exc, N=100, rate=10 * snn.Hz, weight=5.0)
monitor = snn.SpikeMonitor(cells)
trace = snn.StateMonitor(cells, "V_m", record=[0])
net = snn.Network(cells, syn, inh, noise, monitor, trace, dt=0.1 * snn.ms, seed=3)
net.run(100 * snn.ms, record="spikes.h5", overwrite=True)
v: np.ndarray = trace.V_m
times = np.asarray(monitor.t)
print(net["cells"].N, monitor.num_spikes, syn.w[:5], times.max(), v.mean())
with_data = snn.SpikeFile("spikes.h5")
t, ids = with_data.spikes("cells", start=10.0)
print(t[0], ids.dtype)
