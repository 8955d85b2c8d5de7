"""Names of ``brian2.units``."""

from __future__ import annotations

from distsnn.later import modules_in as _modules_in
from distsnn.quantities.star import *  # noqa: F403 - quantities
from distsnn.quantities.star import __all__  # noqa: F401 - what the star stands for

__getattr__ = _modules_in(__name__)
