"""Synapses by distance: neurons within reach are looked at cell by cell of a grid.

Of the sources in some cells, candidates are drawn with a probability that none of them exceeds, by
the lengths of the gaps between candidates; a candidate at distance d is taken with the
probability at d over that bound. So each pair is joined independently with its probability,
and what it costs is near the number of synapses.
"""

from __future__ import annotations

import math

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open

CONSTANT, LINEAR, EXPONENTIAL, GAUSSIAN = range(4)
_FAR = 1e15


@inline_kernel
def probability(d, kind, p, scale, cutoff):
    """Probability (float64) of a synapse at distance `d`, the other arguments as in `fill`."""
    x = d / scale
    f = 1.0
    if kind == LINEAR:
        f = max(0.0, 1.0 - x)
    elif kind == EXPONENTIAL:
        f = exp(-x)
    elif kind == GAUSSIAN:
        f = exp(-0.5 * x * x)
    return p * f if d <= cutoff else 0.0


@kernel
def fill_probability(out, d, kind, p, scale, cutoff):
    """`probability` for each distance (float64 (n,)) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = probability(d[i], kind, p, scale, cutoff)


@inline_kernel
def _gap(u, bound):
    """Number of those that are passed over before the next candidate."""
    if bound >= 1.0:
        return np.int64(0)
    return np.int64(min(_FAR, math.log(u) / math.log1p(-bound)))


@kernel
def fill_cells(cell, position, low, side, shape):
    """Cell (int64 (n,), out) of each position (float64 (n, 3)) in a grid that holds all of them."""
    for i in range(cell.size):
        index = np.int64(0)
        for axis in range(3):
            c = np.int64(math.floor((position[i, axis] - low[axis]) / side))
            index = index * shape[axis] + c
        cell[i] = index


@kernel
def draw_by_distance(
    source, target, state, targets, target_position, source_position, order, cell, cell_start,
    low, side, shape, offset, shell_start, shell_bound, reach, far_bound,
    kind, p, scale, cutoff, excluded, k0, k1,
):  # fmt: skip
    """Draw the synapses onto some targets.

    Parameters
    ----------
    source, target : int64 (m,), out
        Ends of the synapses.
    state : int64 (5,), out
        How many targets are done, and how many synapses filled; the next target had no space left.
        The rest is the cell of a target.
    targets : int64 (n,)
    target_position : float64 (n_target, 3)
    source_position : float64 (n_source, 3)
        Sorted by cell.
    order, cell : int64 (n_source,)
        Index and cell of each.
    cell_start : int64 (cells + 1,)
    low, side, shape : float64 (3,), float64, int64 (3,)
        The grid: its corner, the side of a cell, number of cells along each axis.
    offset : int64 (o, 3)
        Cells around that of the target, those of one shell after the other.
    shell_start, shell_bound : int64 (s + 1,), float64 (s,)
        Where each shell begins in `offset`, and a bound of the probability there.
    reach : int64 (3,)
        Farthest offset along each axis.
    far_bound : float64
        Bound of the probability beyond.
    kind, p, scale, cutoff : int, float64, float64, float64
        The probability; see `probability`.
    excluded : int64
        Source t + excluded is not joined to target t.
    k0, k1 : uint32
        Key of the stream.
    """
    filled = 0
    state[0] = 0
    state[1] = 0
    c = state[2:]
    for i in range(targets.size):
        t = targets[i]
        for axis in range(3):
            x = (target_position[t, axis] - low[axis]) / side
            c[axis] = np.int64(math.floor(min(max(x, -_FAR), _FAR)))
        n_drawn = np.uint64(0)
        for shell in range(shell_bound.size + 1):
            near = shell < shell_bound.size
            bound = shell_bound[shell] if near else far_bound
            if bound <= 0.0:
                continue
            _, _, w2, w3 = philox4x32(t, shell, 0, 1, k0, k1)
            at = _gap(uniform_open(w2, w3), bound)
            first = shell_start[shell] if near else 0
            last = shell_start[shell + 1] if near else 1
            for o in range(first, last):
                begin, end = np.int64(0), np.int64(order.size)
                if near:
                    inside = True
                    index = np.int64(0)
                    for axis in range(3):
                        a = c[axis] + offset[o, axis]
                        inside = inside and 0 <= a < shape[axis]
                        index = index * shape[axis] + a
                    if not inside:
                        continue
                    begin, end = cell_start[index], cell_start[index + 1]
                while at < end - begin:
                    s = begin + at
                    w0, w1, w2, w3 = philox4x32(t, n_drawn, 1, 1, k0, k1)
                    n_drawn += np.uint64(1)
                    at += 1 + _gap(uniform_open(w2, w3), bound)
                    if not near:
                        rest = cell[s]
                        within = True
                        for axis in range(2, -1, -1):
                            away = rest % shape[axis] - c[axis]
                            rest //= shape[axis]
                            within = within and -reach[axis] <= away <= reach[axis]
                        if within:
                            continue
                    square = 0.0
                    for axis in range(3):
                        d = source_position[s, axis] - target_position[t, axis]
                        square += d * d
                    chance = probability(math.sqrt(square), kind, p, scale, cutoff)
                    if uniform53(w0, w1) * bound >= chance or order[s] == t + excluded:
                        continue
                    if filled == source.size:
                        return
                    source[filled] = order[s]
                    target[filled] = t
                    filled += 1
                at -= end - begin
        state[0] = i + 1
        state[1] = filled
