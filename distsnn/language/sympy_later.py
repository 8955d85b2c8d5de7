"""sympy, imported when equations first need it: built-in models run without.

It takes a quarter of the time that importing distsnn takes, in every process of a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distsnn.later import Later

if TYPE_CHECKING:
    import sympy
else:
    sympy = Later("sympy")

__all__ = ["sympy"]
