"""Rows and segments of synapses, against an obvious loop."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.assemble.synapses.pathway_order import pathway_order, pathway_table
from distsnn.kernels.deliver.deliver import NEVER


@pytest.mark.parametrize("seed", range(5))
def test_every_row_lists_its_synapses_by_delay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, n_spiking = 40 * seed, 9
    spiking, delay = rng.integers(0, n_spiking, n), rng.integers(0, 4, n)
    order = pathway_order(spiking, delay)
    table = pathway_table(spiking[order], delay[order], n_spiking)
    for neuron in range(n_spiking):
        row = table["row_of"][neuron]
        wanted = sorted(
            (d, k) for k, (s, d) in enumerate(zip(spiking, delay, strict=True)) if s == neuron
        )
        if not wanted:
            assert row == -1
            continue
        found, segment = [], table["row_segment"][row]
        while table["segment_delay"][segment] != NEVER:
            first, last = table["segment_synapse"][segment : segment + 2]
            assert first < last
            found += [(table["segment_delay"][segment], k) for k in order[first:last]]
            segment += 1
        assert table["segment_synapse"][segment] == table["segment_synapse"][segment + 1]
        assert segment + 1 == table["row_segment"][row + 1]
        assert found == wanted
    assert table["delays"].tolist() == sorted(set(delay.tolist()), reverse=True)
