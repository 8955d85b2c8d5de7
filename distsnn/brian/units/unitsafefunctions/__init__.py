"""Names of ``brian2.units.unitsafe``."""

from __future__ import annotations

from distsnn.quantities.safe_functions import *  # noqa: F403 - functions of numpy
from distsnn.quantities.safe_functions import __all__  # noqa: F401 - what the star stands for
