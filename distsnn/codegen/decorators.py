"""Compilation of generated functions that a block calls: see `distsnn.kernels.compiled`.

They count no references: none of them allocates, and counting the references of the arrays that a
call passes on takes longer than many a step of a small network.
"""

from __future__ import annotations

# A function that another generated function calls.
INNER = "@block_function\n"
# The same for one that is large.
LARGE = "@large_block_function\n"
# A function that vanishes into the loop that calls it.
INLINE = "@inline_block_function\n"
