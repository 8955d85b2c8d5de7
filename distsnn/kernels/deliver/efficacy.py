"""Short-term plasticity: what each spike releases, from the spikes of its source before it.

Every rank that has synapses of a source computes the same numbers from the same spikes, in an order
that no rank can change: that of one source in time. Nothing has to be sent.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.compiled import kernel


@kernel
def depress_spikes(
    gids, begin, first_step, steps, first_gid, number_of, x, last_step, recovery, U, after, efficacy
):
    """Release of new spikes under depression, ``x -= U x`` at each spike.

    Parameters
    ----------
    gids : uint32 array (power of two,), in
        Ring of the spikes in flight, see `distsnn.kernels.deliver.spikes`.
    begin : int64 array (window,), in
        Number of the first spike of each step, at ``step % window``.
    first_step, steps : int64
        The new spikes are those of steps first_step .. first_step + steps - 1.
    first_gid : int64
        Gid of the first source; the others follow.
    number_of : int32 array (n_sources,), in
        Place of the state of each source, -1 where it is not kept here.
    x : float64 array (n_kept,), in/out
        Resources of each source after its last spike.
    last_step : int64 array (n_kept,), in/out
        Step of that spike.
    recovery : float64
        Time step in units of the time constant.
    U : float64
    after : int64
        Whether a spike transmits the resources after it.
    efficacy : float64 array (power of two,), out
        What the weights of each spike in flight are multiplied by.
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
                    old = 1.0 + (x[s] - 1.0) * exp(-(step - last_step[s]) * recovery)
                    new = old - U * old
                    x[s] = new
                    last_step[s] = step
                    efficacy[at] = new if after != 0 else old


@kernel
def facilitate_spikes(
    gids,
    begin,
    first_step,
    steps,
    first_gid,
    number_of,
    u,
    x,
    last_step,
    decay,
    recovery,
    U,
    u_after,
    x_after,
    efficacy,
):
    """Release of new spikes under facilitation and depression.

    At each spike first ``u += U (1 - u)``, then ``x -= u x``.

    Parameters
    ----------
    gids, begin, first_step, steps, first_gid, number_of, x, last_step, recovery, U, release
        See `depress_spikes`.
    u : float64 array (n_kept,), in/out
        Utilization of each source after its last spike.
    decay : float64
        Time step in units of the time constant of `u`.
    u_after, x_after : int64
        Whether a spike transmits the value after it.
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
                    passed = step - last_step[s]
                    old_u = u[s] * exp(-passed * decay)
                    old_x = 1.0 + (x[s] - 1.0) * exp(-passed * recovery)
                    new_u = old_u + U * (1.0 - old_u)
                    new_x = old_x - new_u * old_x
                    u[s] = new_u
                    x[s] = new_x
                    last_step[s] = step
                    efficacy[at] = (new_u if u_after != 0 else old_u) * (
                        new_x if x_after != 0 else old_x
                    )
