"""Delays: each synapse has its own, set by a formula of its target's index.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

cells = NeuronGroup(
    3,
    """
    dv/dt = (drive - v)/tau : 1
    drive : 1
    tau : second
    """,
    threshold="v > 1",
    reset="v = 0",
    method="exact",
)
cells.drive = [2, 0, 0]
cells.tau = [10, 100, 100] * ms

fan = Synapses(cells, cells, "w : 1", on_pre="v_post += w")
fan.connect(i=0, j=[1, 2])
fan.w = "j*0.2"
fan.delay = "j*2*ms"

traces = StateMonitor(cells, "v", record=True)
spikes = SpikeMonitor(cells)
run(50 * ms)

fig, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.plot(traces.t / ms, traces.v[0], color="0.75", label="source")
for delay, target in zip(fan.delay[:] / ms, fan.j[:]):
    axes.plot(traces.t / ms, traces.v[int(target)], label=f"target after {delay:.0f} ms")
axes.set(xlabel="time (ms)", ylabel="v", title="One source, two delays")
axes.legend(loc="upper right")
plt.show()
