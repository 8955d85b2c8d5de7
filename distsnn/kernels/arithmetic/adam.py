"""Changes of a weight by Adam, in a step with a gradient and in further ones without."""

from __future__ import annotations

import math

from distsnn.kernels.compiled import kernel


@kernel
def adam_moves(m, v, first, steps, beta_1, beta_2, epsilon):
    """The sum of all changes of some steps of Adam, for a rate of 1.

    Parameters
    ----------
    m, v : float64
        Means of the gradient and of its square in the first of the steps.
    first : float64
        Number of this step, from 1 on.
    steps : float64
        How many; 0 for none. Those behind the first have a gradient of 0.
    beta_1, beta_2, epsilon : float64
        Kingma and Ba 2015.

    Returns
    -------
    float64
    """
    total = 0.0
    power_1, power_2 = beta_1**first, beta_2**first
    for _ in range(int(steps)):
        total += math.sqrt(1.0 - power_2) / (1.0 - power_1) * m / (math.sqrt(v) + epsilon)
        m *= beta_1
        v *= beta_2
        power_1 *= beta_1
        power_2 *= beta_2
    return total


@kernel
def adam_values(m, v, first, steps, beta_1, beta_2, epsilon, out):
    """`adam_moves` of each element (float64 (n,))."""
    for i in range(out.size):
        out[i] = adam_moves(m[i], v[i], first[i], steps[i], beta_1[i], beta_2[i], epsilon[i])
