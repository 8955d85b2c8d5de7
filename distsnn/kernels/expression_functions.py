"""Device functions that text may call and numba has not, or not in this form."""

from __future__ import annotations

import numpy as np

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.draws.normal import normal_quantile
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open

_32 = np.uint64(32)
# As in `distsnn.describe.values.time_steps`.
MOST_STEPS = 2.0**50


@inline_kernel
def clip(x, low, high):
    """`x`, or the bound that it lies beyond."""
    return min(max(x, low), high)


@inline_kernel
def sign(x):
    """-1, 0 or 1."""
    return (x > 0) * 1.0 - (x < 0) * 1.0


@inline_kernel
def floor(x):
    """The largest whole number (float64, never -0) up to x; NaN where x is."""
    return np.floor(np.float64(x)) + 0.0


@inline_kernel
def ceil(x):
    """The smallest whole number (float64, never -0) from x on; NaN where x is."""
    return np.ceil(np.float64(x)) + 0.0


@inline_kernel
def whole(x):
    """The whole part (float64, never -0) of x; NaN where x is."""
    return np.trunc(np.float64(x)) + 0.0


@inline_kernel
def relax(x, a, b, c, dt):
    """Solution after `dt` of dx/dt = a x + b with c = b/a, also where a is 0."""
    return (x + c) * exp(a * dt) - c if a != 0.0 else x + b * dt


@inline_kernel
def timestep(time, dt):
    """Number (int64) of the step that `time` falls into, as in Brian 2, within `MOST_STEPS`."""
    return np.int64(clip((time + 1e-3 * dt) / dt, -MOST_STEPS, MOST_STEPS))


@inline_kernel
def draw_uniform(index, step, call, k0, k1):
    """Draw a uniform number in [0, 1) for one neuron in one step.

    Parameters
    ----------
    index, step : int64
        Index within the group and step.
    call : int
        Number of the call within the text, below 2**16.
    k0, k1 : uint32
        Key of the stream.
    """
    s = np.uint64(step)
    w0, w1, _, _ = philox4x32(np.uint64(index), np.uint64(call), s, s >> _32, k0, k1)
    return uniform53(w0, w1)


@inline_kernel
def draw_normal(index, step, call, k0, k1):
    """Draw a standard normal number; parameters as in `draw_uniform`."""
    s = np.uint64(step)
    w0, w1, _, _ = philox4x32(np.uint64(index), np.uint64(call), s, s >> _32, k0, k1)
    return normal_quantile(uniform_open(w0, w1))


@inline_kernel
def timed_row(time, epsilon, factor, n):
    """Row of a TimedArray of `n` rows at `time` (see `distsnn.describe.values.timed_arrays`)."""
    # Bounded as a float: int64 cannot hold all times.
    return np.int64(clip((time / epsilon + 0.5) / factor, 0.0, n - 1.0))


@inline_kernel
def timed_value(time, values, epsilon, factor):
    """Value of a TimedArray at `time`."""
    return values[timed_row(time, epsilon, factor, values.size)]


@inline_kernel
def timed_value_2d(time, column, values, epsilon, factor, n_columns):
    """Value of a TimedArray with columns, row by row in `values`, at `time`.

    NaN where there is no such column.
    """
    row = timed_row(time, epsilon, factor, values.size // n_columns)
    # Compared as a float: int64 cannot hold all numbers.
    inside = (np.float64(column) > -1.0) & (np.float64(column) < n_columns)
    at = np.int64(column) if inside else np.int64(0)
    return values[row * n_columns + at] if inside else np.nan


@kernel
def draw_uniforms(out, index, call, k0, k1):
    """`draw_uniform` of step 0 for each index (int64 (n,)) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = draw_uniform(index[i], 0, call, k0, k1)


@kernel
def draw_normals(out, index, call, k0, k1):
    """`draw_normal` of step 0 for each index (int64 (n,)) into `out` (float64 (n,))."""
    for i in range(out.size):
        out[i] = draw_normal(index[i], 0, call, k0, k1)
