"""sympy, imported when equations first need it: built-in models run without.

It takes a quarter of the time that importing distsnn takes, in every process of a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy
else:

    class _Later:
        """The names of sympy."""

        def __getattr__(self, name: str) -> Any:
            import sympy  # noqa: PLC0415  # the purpose of this file

            return getattr(sympy, name)

    sympy = _Later()

__all__ = ["sympy"]
