"""Rows: the synapses of each source in one piece, for sources with few synapses of each delay here.

A row is read once, when a spike of its source arrives, and each of its synapses appended to the
bucket of the step in which it is due (see `distsnn.kernels.deliver.buckets`). A synapse is one
word: the slot of its target in the low bits, its delay above them. One bit for each neuron of the
network says whether it has a row here; how many rows there are before, which one that is.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import kernel

WORD = 64


@kernel
def mark_rows(row_of, row_lookup):
    """Set the bits of the sources that have a row.

    Parameters
    ----------
    row_of : int32 array (n_sources,), in
        Number of the row of each source, ascending, -1 without.
    row_lookup : uint64 array (2 * (n_sources // 64 + 1),), out
        For each 64 sources a word with one bit for each, then the number of rows before them.
    """
    rows = 0
    for word in range(row_lookup.size // 2):
        row_lookup[2 * word + 1] = rows
        bits = np.uint64(0)
        for source in range(word * WORD, min((word + 1) * WORD, row_of.size)):
            if row_of[source] >= 0:
                bits |= np.uint64(1) << np.uint64(source % WORD)
                rows += 1
        row_lookup[2 * word] = bits


@kernel
def pack_values(position, value, low_bits, packed):
    """Add a value of each synapse to its word.

    Parameters
    ----------
    position : int64 array (n,), in
        The place of each synapse.
    value : int64 array (n,) or (1,), in
        As in rows delays in steps minus the smallest one of the table; one if all are the same.
    low_bits : int64
        Bits of a word that hold the slot.
    packed : uint32 array (synapses,), in/out
        In: slots.
    """
    last = value.size - 1
    for i in range(position.size):
        packed[position[i]] |= np.uint32(value[min(i, last)] << low_bits)


@kernel
def mark_packed_delays(packed, slot_bits, present):
    """Set ``present[delay]`` (uint8 array (delays,), in/out) of all words of `pack_values`."""
    for k in range(packed.size):
        present[np.int64(packed[k]) >> slot_bits] = 1
