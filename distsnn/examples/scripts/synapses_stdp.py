"""Spike-timing-dependent plasticity of a pair, through one trace for each side.

The traces are integrated in every step, so that they can be recorded; marked (event-driven)
they would be brought up to date at spikes only, with the same weights.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

taupre = taupost = 20 * ms
wmax = 0.01
Apre = 0.01
Apost = -1.05 * Apre

# Each neuron fires once: at the first step after (1 + i) times 10 ms.
pair = NeuronGroup(2, "v : 1", threshold="t > (1 + i)*10*ms", reset="", refractory=100 * ms)

plastic = Synapses(
    pair,
    pair,
    """
    w : 1
    dapre/dt = -apre/taupre : 1 (clock-driven)
    dapost/dt = -apost/taupost : 1 (clock-driven)
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
    method="exact",
)
plastic.connect(i=0, j=1)

course = StateMonitor(plastic, ["w", "apre", "apost"], record=True)
spikes = SpikeMonitor(pair)
run(30 * ms)

fig, (traces, weight) = plt.subplots(2, 1, sharex=True, figsize=(7, 4), layout="constrained")
traces.plot(course.t / ms, course.apre[0], label="apre")
traces.plot(course.t / ms, course.apost[0], label="apost")
traces.set(ylabel="traces", title="Source before target: the weight grows")
traces.legend()
weight.plot(course.t / ms, course.w[0], color="C2")
weight.set(xlabel="time (ms)", ylabel="w")
plt.show()
