"""Neighbors in space: points of a grid's cells that lie in a box and a ball around others."""

from __future__ import annotations

import math

from distsnn.kernels.compiled import inline_kernel, kernel


@inline_kernel
def _wrapped(x, middle, period):
    """A displacement the way whose end is nearest to `middle`; `period` is 0 without edges."""
    if period > 0.0:
        while x - middle > 0.5 * period:
            x -= period
        while x - middle < -0.5 * period:
            x += period
    return x


@kernel
def list_neighbors(
    other, count, done, around, skip, pool, order, begins, origin, size, number, period,
    lower, upper, center, inner, outer, span,
):  # fmt: skip
    """List the points that lie in a box and a ball around each of some nodes.

    Parameters
    ----------
    other : int64 (m,), out
        Index of each neighbor, those of a node together, in the order of cells.
    count : int64 (n,), out
        Number of neighbors of each node.
    done : int64 (2,), out
        Number of nodes that are done, and of neighbors listed; the next node has no space left.
    around : float64 (n, 3)
        Positions of the nodes.
    skip : int64 (n,)
        Index of the point that is the node itself; -1 of none.
    pool : float64 (p, 3)
        Positions of the points, sorted by cell.
    order : int64 (p,)
        Index of each.
    begins : int64 (cells + 1,)
    origin, size, number : float64 (3,), float64 (3,), int64 (3,)
        The cells: their corner, their sides, and how many there are along each axis.
    period : float64 (3,)
        Length after which an axis begins again; 0 if it does not.
    lower, upper : float64 (3,)
        The box, by displacement from a node.
    center, inner, outer : float64 (3,), float64, float64
        The ball: its center, and squares of two radii; inner < square of the distance <= outer.
    span : int64 (6,), out
        Cells that are looked at of the last node: the first ones and the last ones.
    """
    low, high = span[:3], span[3:]
    x_middle = 0.5 * (lower[0] + upper[0])
    y_middle = 0.5 * (lower[1] + upper[1])
    z_middle = 0.5 * (lower[2] + upper[2])
    done[0], done[1] = 0, 0
    filled = 0
    for n in range(around.shape[0]):
        for axis in range(3):
            at = around[n, axis] - origin[axis]
            low[axis] = math.floor((at + lower[axis]) / size[axis] - 1e-9)
            high[axis] = math.floor((at + upper[axis]) / size[axis] + 1e-9)
            if period[axis] > 0.0:
                high[axis] = min(high[axis], low[axis] + number[axis] - 1)
            else:
                low[axis] = max(low[axis], 0)
                high[axis] = min(high[axis], number[axis] - 1)
        first = filled
        for a in range(low[0], high[0] + 1):
            for b in range(low[1], high[1] + 1):
                row = ((a % number[0]) * number[1] + b % number[1]) * number[2]
                for c in range(low[2], high[2] + 1):
                    cell = row + c % number[2]
                    for s in range(begins[cell], begins[cell + 1]):
                        x = _wrapped(pool[s, 0] - around[n, 0], x_middle, period[0])
                        y = _wrapped(pool[s, 1] - around[n, 1], y_middle, period[1])
                        z = _wrapped(pool[s, 2] - around[n, 2], z_middle, period[2])
                        if not (
                            lower[0] <= x <= upper[0]
                            and lower[1] <= y <= upper[1]
                            and lower[2] <= z <= upper[2]
                        ):
                            continue
                        dx, dy, dz = x - center[0], y - center[1], z - center[2]
                        square = dx * dx + dy * dy + dz * dz
                        if inner < square <= outer and order[s] != skip[n]:
                            if filled == other.size:
                                return
                            other[filled] = order[s]
                            filled += 1
        count[n] = filled - first
        done[0], done[1] = n + 1, filled
