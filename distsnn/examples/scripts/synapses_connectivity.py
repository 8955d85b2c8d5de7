"""Ways to say who is joined to whom: chance, neighborhood, a generator, one to one.

The script runs under Brian 2 as well: only the line of the star changes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt

from distsnn import *
from distsnn.plot import connectivity

start_scope()

cells = NeuronGroup(10, "v : 1")

sparse = Synapses(cells, cells)
sparse.connect(condition="i != j", p=0.2)
rare = Synapses(cells, cells)
rare.connect(condition="i != j", p=0.1)
even = Synapses(cells, cells)
even.connect(condition="i != j", p=0.5)
everyone = Synapses(cells, cells)
everyone.connect(condition="i != j", p=1.0)
neighbors = Synapses(cells, cells)
neighbors.connect(condition="abs(i - j) < 4 and i != j")
generated = Synapses(cells, cells)
generated.connect(j="k for k in range(i-3, i+4) if i != k", skip_if_invalid=True)
partners = Synapses(cells, cells)
partners.connect(j="i")

pictures = {
    "p = 0.2": sparse,
    "p = 0.1": rare,
    "p = 0.5": even,
    "p = 1": everyone,
    "at most 3 apart": neighbors,
    "the same, generated": generated,
    "one to one": partners,
}
fig, axes = plt.subplots(len(pictures), 2, figsize=(7, 3 * len(pictures)), layout="constrained")
for (title, synapses), (columns, dots) in zip(pictures.items(), axes):
    connectivity(synapses, axes=(columns, dots))
    columns.set_title(f"{title}: {len(synapses.i)} synapses")
plt.show()
