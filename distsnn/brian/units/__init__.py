"""Names of ``brian2.units``."""

from __future__ import annotations

from distsnn.units import *  # noqa: F403 - the units
from distsnn.units import __all__  # noqa: F401 - what the star stands for
