"""The plastic pair with traces that are brought up to date at spikes only.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

taupre = taupost = 20 * ms
wmax = 0.02
Apre = 0.01
Apost = -1.05 * Apre

# Sources fire at 10.1 ms, targets from 2 ms before to 8 ms after them.
sources = NeuronGroup(6, "v : 1", threshold="t > 10*ms", reset="", refractory=100 * ms)
targets = NeuronGroup(6, "v : 1", threshold="t > (8 + 2*i)*ms", reset="", refractory=100 * ms)

plastic = Synapses(
    sources,
    targets,
    """
    w : 1
    dapre/dt = -apre/taupre : 1 (event-driven)
    dapost/dt = -apost/taupost : 1 (event-driven)
    """,
    on_pre="""
    v_post += w
    apre += Apre
    w = clip(w + apost, 0, wmax)
    """,
    on_post="""
    apost += Apost
    w = clip(w + apre, 0, wmax)
    """,
)
plastic.connect(j="i")
plastic.w = 0.01

before, after = SpikeMonitor(sources), SpikeMonitor(targets)
voltage = StateMonitor(targets, "v", record=True)
run(30 * ms)

fig, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.bar(range(6), plastic.w[:])
axes.axhline(0.01, color="k", linewidth=0.8)
axes.set(xlabel="pair", ylabel="w at the end", title="From an early to a late target")
plt.show()
