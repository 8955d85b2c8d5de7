"""Compilation of generated functions: like kernels, see `distsnn.kernels.compiled`.

They count no references (``_nrt=False``): none of them allocates, and counting the references of
the arrays that a call passes on takes longer than many a step of a small network.
"""

from __future__ import annotations

_OPTIONS = "nogil=True, error_model='numpy', _nrt=False"

# A function that another generated function calls.
INNER = f"@numba.njit({_OPTIONS})\n"
# The same, but it vanishes into the loop that calls it.
INLINE = f"@numba.njit({_OPTIONS}, forceinline=True)\n"
