"""The window of spike-timing-dependent plasticity: weight change against time difference.

A hundred pairs, each of which fires once; the differences sweep from -50 to +50 ms.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

taupre = taupost = 20 * ms
Apre = 0.01
Apost = -1.05 * Apre
n_pairs = 100
sweep = 50 * ms

# Sources fire ever later, targets ever earlier.
pairs = """
tspike : second
"""
sources = NeuronGroup(n_pairs, pairs, threshold="t > tspike", reset="", refractory=200 * ms)
targets = NeuronGroup(n_pairs, pairs, threshold="t > tspike", reset="", refractory=200 * ms)
sources.tspike = "i*sweep/(N - 1)"
targets.tspike = "(N - 1 - i)*sweep/(N - 1)"

plastic = Synapses(
    sources,
    targets,
    """
    w : 1
    dapre/dt = -apre/taupre : 1 (event-driven)
    dapost/dt = -apost/taupost : 1 (event-driven)
    """,
    on_pre="""
    apre += Apre
    w += apost
    """,
    on_post="""
    apost += Apost
    w += apre
    """,
)
plastic.connect(j="i")

before, after = SpikeMonitor(sources), SpikeMonitor(targets)
run(sweep + 1 * ms)

fig, axes = plt.subplots(figsize=(6, 4), layout="constrained")
axes.plot((targets.tspike - sources.tspike) / ms, plastic.w[:], ".-")
axes.axhline(0, color="0.7", linewidth=0.8)
axes.axvline(0, color="0.7", linewidth=0.8)
axes.set(xlabel="target's time - source's time (ms)", ylabel="w", title="The STDP window")
plt.show()
