"""Arguments of programs by name, which is shorter in tests that look at many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.codegen.program_arguments import Argument


def by_name(arrays: Mapping[Argument, Any]) -> dict[str, Any]:
    """The same arrays and numbers, by ``g0_V_m``, ``t0_target`` and the like."""
    return {str(argument): value for argument, value in arrays.items()}
