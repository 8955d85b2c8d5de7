"""Names of ``brian2.numpy_``: numpy, with functions that check units in place of its own."""

from __future__ import annotations

import numpy as _numpy
from numpy import *  # noqa: F403 - that is what this module is for

from distsnn.quantities import safe_functions as _checked
from distsnn.quantities.safe_functions import *  # type: ignore[no-redef]  # noqa: F403 - in their place

__all__ = [*_numpy.__all__, *_checked.__all__]  # noqa: PLE0604 - strings
