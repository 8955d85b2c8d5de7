"""Functions for all groups of neurons after their generated update."""

from __future__ import annotations

from distsnn.kernels.compiled import kernel


@kernel
def is_among(step, steps):
    """Whether a step (int64) is one of some (int64 array (n,), ascending)."""
    low, high = 0, steps.size
    while low < high:
        middle = (low + high) // 2
        if steps[middle] < step:
            low = middle + 1
        else:
            high = middle
    return low < steps.size and steps[low] == step


@kernel
def mark_spikes(step, count, spike_lid, last_spike):
    """Set the step of the last spike of the neurons that spiked in this step.

    Parameters
    ----------
    step, count : int64
    spike_lid : int32 array, in
        The first `count` are the neurons that spiked.
    last_spike : int64 array (n,), in/out
    """
    for q in range(count):
        last_spike[spike_lid[q]] = step


@kernel
def keep_last_spikes(count, spike_lid, last_spike, earlier):
    """Keep the step of the last spike before this step of the neurons that spiked in it.

    Parameters
    ----------
    count : int64
    spike_lid : int32 array, in
        The first `count` are the neurons that spiked.
    last_spike : int64 array (n,), in
        Before `mark_spikes`.
    earlier : int64 array (n,), out
    """
    for q in range(count):
        earlier[spike_lid[q]] = last_spike[spike_lid[q]]


@kernel
def list_spikes(step, last_spike, spike_lid):
    """List the neurons whose last spike was in a step; returns their number (int64).

    Parameters
    ----------
    step : int64
    last_spike : int64 array (n,), in
    spike_lid : int32 array (n,), out
    """
    count = 0
    for lid in range(last_spike.size):
        if last_spike[lid] == step:
            spike_lid[count] = lid
            count += 1
    return count
