"""Names of ``brian2.units.fundamentalunits``."""

from __future__ import annotations

from distsnn.quantities.checks import fail_for_dimension_mismatch
from distsnn.quantities.physical import Dimension
from distsnn.quantities.star import *  # noqa: F403 - quantities
from distsnn.quantities.star import __all__ as _star

__all__ = ["Dimension", "fail_for_dimension_mismatch", *_star]  # noqa: PLE0604 - strings
