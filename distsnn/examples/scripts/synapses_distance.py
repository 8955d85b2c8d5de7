"""Weights that fall with distance: neurons in a row, a bell-shaped profile around each.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *

start_scope()

n_cells = 30
spacing = 50 * umetre
width = n_cells / 4 * spacing

row = NeuronGroup(n_cells, "x : metre")
row.x = "i*spacing"

profile = Synapses(row, row, "w : 1")
profile.connect(condition="i != j")
profile.w = "exp(-(x_pre - x_post)**2/(2*width**2))"

x = row.x / um
fig, axes = plt.subplots(figsize=(5, 5), layout="constrained")
axes.scatter(x[profile.i[:]], x[profile.j[:]], s=20 * profile.w[:])
axes.set(xlabel="source at (um)", ylabel="target at (um)", title="Dots as large as weights")
axes.set_aspect("equal")
plt.show()
