"""A script with quantities, which mypy and pyright check as that of a user."""

from __future__ import annotations

from distsnn.brian import *

start_scope()
defaultclock.dt = 0.1 * ms
eqs = """
dv/dt = (I - v)/tau : 1
I : 1
tau : second
"""
G = NeuronGroup(100, eqs, threshold="v > 1", reset="v = 0", method="exact", refractory=2 * ms)
G.v = "rand()"
G.I = 1.2
G.tau = [10, 20] * 50 * ms
print(G.v[:3].mean(), G.v[0], len(G), G.v)
x = G.v + 1
first = G[:50]
first.I = 2.0
S = Synapses(G, G, "w : 1", on_pre="v_post += w", delay=1 * ms)
S.connect(p=0.1)
S.w = "0.1*rand()"
S.w[:] = 0.2
S.delay = "1*ms + rand()*ms"
M = StateMonitor(G, "v", record=[0, 1])
spikes = SpikeMonitor(G)
rate = PopulationRateMonitor(G)


@network_operation(dt=1 * ms)
def update(t: Quantity) -> None:
    G.I = 1.1


summary = run(100 * ms, report="text")
print(M.v[0], M.t / ms, spikes.i, spikes.t / ms, rate.smooth_rate(width=5 * ms) / Hz)
print(spikes.count[0], summary.spikes)
