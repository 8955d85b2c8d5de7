"""Choices between parameters, as ``nest.logic`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.nest.values.parameter import Parameter, Reach, Span, as_parameter

__all__ = ["conditional"]


def conditional(condition: Any, param_if_true: Any, param_if_false: Any) -> Parameter:
    """One of two parameters, as a condition says for each node or connection."""
    parts = [as_parameter(p) for p in (condition, param_if_true, param_if_false)]

    def span(reach: Reach) -> Span:
        (a, b), (c, d) = parts[1].span(reach), parts[2].span(reach)
        return min(a, c), max(b, d)

    return Parameter(
        lambda e: np.where(parts[0].of(e) != 0, parts[1].of(e), parts[2].of(e)),
        spatial=any(p.is_spatial() for p in parts),
        span=span,
    )
