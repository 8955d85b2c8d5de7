"""One synapse: every spike of a driven neuron lifts its silent partner by a fixed amount.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

driven_and_silent = NeuronGroup(
    2,
    """
    dv/dt = (drive - v)/tau : 1
    drive : 1
    tau : second
    """,
    threshold="v > 1",
    reset="v = 0",
    method="exact",
)
driven_and_silent.drive = [2, 0]
driven_and_silent.tau = [10, 100] * ms

synapse = Synapses(driven_and_silent, driven_and_silent, on_pre="v_post += 0.2")
synapse.connect(i=0, j=1)

traces = StateMonitor(driven_and_silent, "v", record=True)
spikes = SpikeMonitor(driven_and_silent)
run(100 * ms)

fig, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for index, label in enumerate(["driven", "silent without its synapse"]):
    axes.plot(traces.t / ms, traces.v[index], label=label)
axes.set(xlabel="time (ms)", ylabel="v", title="One synapse adds 0.2 at each spike")
axes.legend(loc="upper right")
plt.show()
