"""Spikes of sources as plastic synapses see them: one trace for all synapses of a source.

All synapses of a source see the same trace, each later by its own delay; so it is kept once for
each source, on every rank that has synapses of it, and each spike in flight carries what the trace
was after the spike of its source before it.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.compiled import kernel


@kernel
def trace_spikes(
    gids,
    begin,
    first_step,
    steps,
    first_gid,
    number_of,
    last_step,
    last_number,
    last_trace,
    last_slow,
    nearest,
    rate,
    slow_rate,
    previous_step,
    previous_number,
    previous_trace,
    previous_slow,
):
    """Carry the traces of sources on over new spikes.

    Parameters
    ----------
    gids, begin, first_step, steps
        Ring of the spikes in flight and the steps of the new ones, see
        `distsnn.kernels.deliver.efficacy.depress_spikes`.
    first_gid : int64
        Gid of the first source; the others follow.
    number_of : int32 array (n_sources,), in
        Place of the state of each source, -1 where it is not kept here.
    last_step, last_number : int64 arrays (n_kept,), in/out
        Step and number of the last spike of each source, -1 without one.
    last_trace : float64 array (n_kept,), in/out
        The trace right after it.
    last_slow : float64 array (n_kept,) or (0,), in/out
        The second trace right after it, where there is one.
    nearest : int64
        Whether traces jump to 1, not by 1.
    rate, slow_rate : float64
        Time step in units of the time constants.
    previous_step, previous_number : int64 arrays (power of two,), out
    previous_trace : float64 array (power of two,), out
    previous_slow : float64 array (power of two,), out
        What the `last_` values were before each spike in flight.
    """
    mask = gids.size - 1
    window = begin.size
    for step in range(first_step, first_step + steps):
        for number in range(begin[step % window], begin[(step + 1) % window]):
            at = number & mask
            source = np.int64(gids[at]) - first_gid
            if 0 <= source < number_of.size:
                s = number_of[source]
                if s >= 0:
                    before = last_step[s]
                    previous_step[at] = before
                    previous_number[at] = last_number[s]
                    previous_trace[at] = last_trace[s]
                    decay = exp(-(step - before) * rate) if before >= 0 else 0.0
                    last_trace[s] = 1.0 if nearest != 0 else last_trace[s] * decay + 1.0
                    if last_slow.size > 0:
                        previous_slow[at] = last_slow[s]
                        decay = exp(-(step - before) * slow_rate) if before >= 0 else 0.0
                        last_slow[s] = 1.0 if nearest != 0 else last_slow[s] * decay + 1.0
                    last_step[s] = step
                    last_number[s] = number
