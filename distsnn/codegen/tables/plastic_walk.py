"""Source of loops over all synapses of a plastic table."""

from __future__ import annotations

from distsnn.codegen.tables.plastic_part import BY_SEGMENT, BY_SYNAPSE, NUMBER, PlasticPart
from distsnn.codegen.tables.plastic_taking import UNPACK


def each_synapse(part: PlasticPart, segment: list[str], synapse: list[str]) -> str:
    """Loop over all synapses, with lines for each segment and for each synapse.

    They know `s`, the place of the state of the source, `delay` and `dendritic_delay`, and the
    synapse `k` with the neuron `lid`.
    """
    dendritic = {
        NUMBER: "dendritic",
        BY_SEGMENT: "delay - dendritic",
        BY_SYNAPSE: "np.int64(dendritic[k])",
    }[part.dendritic]
    before, inside = [f"dendritic_delay = {dendritic}"], list[str]()
    if part.dendritic == BY_SYNAPSE:
        before, inside = inside, before
    if part.settled and inside:
        segment, synapse = [], [*segment, *synapse]
    if part.in_rows:
        return _loop_of_rows([*before, *inside, *segment, *synapse])
    lines = [
        "for tile in range(n_tiles):",
        "    first_lid = tile * TILE - first_slot",
        "    n_sources = row_of.size // n_tiles",
        "    for source in range(number_of.size):",
        "        s = number_of[source]",
        "        row = row_of[tile * n_sources + first_gid + source]",
        "        if row < 0:",
        "            continue",
        "        for segment in range(row_segment[row], row_segment[row + 1] - 1):",
        "            delay = np.int64(segment_delay[segment])",
        *(f"            {line}" for line in [*before, *segment]),
        "            for k in range(segment_synapse[segment], segment_synapse[segment + 1]):",
        "                lid = first_lid + np.int64(target[k])",
        *(f"                {line}" for line in [*inside, *synapse]),
    ]
    return "\n".join(f"    {line}" for line in lines) + "\n"


def _loop_of_rows(synapse: list[str]) -> str:
    lines = [
        "row = 0",
        "for gid in range(first_gid + number_of.size):",
        "    if (row_lookup[2 * (gid >> 6)] >> np.uint64(gid & 63)) & np.uint64(1) == 0:",
        "        continue",
        "    s = number_of[gid - first_gid]",
        "    for k in range(row_synapse[row], row_synapse[row + 1]):",
        *(f"        {line}" for line in [*UNPACK, *synapse]),
        "    row += 1",
    ]
    return "\n".join(f"    {line}" for line in lines) + "\n"
