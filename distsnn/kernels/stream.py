"""The bandwidth of memory: the triad of the STREAM benchmark.

Source: McCalpin (1995), Memory bandwidth and machine balance in current high performance
computers, IEEE TCCA Newsletter.
"""

from __future__ import annotations

from distsnn.kernels.compiled import kernel

# Two numbers are read and one is written.
BYTES_PER_ELEMENT = 24


@kernel
def triad(a, b, c, factor):
    """``a = b + factor * c``.

    Parameters
    ----------
    a : float64 array (n,), out
    b, c : float64 arrays (n,), in
    factor : float64
    """
    for i in range(a.size):
        a[i] = b[i] + factor * c[i]
