"""Names of ``brian2.units``."""

from __future__ import annotations

from distsnn.quantities.star import *  # noqa: F403 - quantities
from distsnn.quantities.star import __all__  # noqa: F401 - what the star stands for
