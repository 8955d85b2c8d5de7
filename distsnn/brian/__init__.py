"""All names that scripts for Brian 2 find after their star: ``from distsnn.brian import *``.

Beside everything of ``from distsnn import *`` these are the names of ``pylab``, which Brian 2
exports too: ``figure``, ``plot``, ``arange``, ``exp`` and the like. A script that imports what it
uses of matplotlib and numpy itself needs no more than ``from distsnn import *``.
"""

# ruff: noqa: F403 - that is what this module is for

from __future__ import annotations

import numpy  # noqa: F401 - a name of the star

try:
    from matplotlib import pylab
    from matplotlib.pylab import *
except ImportError as error:
    raise ImportError(
        "distsnn.brian: matplotlib is not installed; it has the names that scripts for Brian 2 "
        "draw with. Run: pip install 'distsnn[plot]', or write: from distsnn import *"
    ) from error

import distsnn
from distsnn import *  # type: ignore[assignment]  # both have a seed(), and distsnn's counts

# distsnn's names last: both have, for instance, a seed().
__all__ = [  # noqa: PLE0604 - strings
    *dict.fromkeys(
        [*(name for name in vars(pylab) if not name.startswith("_")), "numpy", *distsnn.__all__]
    )
]
