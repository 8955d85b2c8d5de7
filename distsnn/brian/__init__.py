"""All names that scripts for Brian 2 find after their star: ``from distsnn.brian import *``.

Beside everything of ``from distsnn import *`` these are the names of ``pylab``, which Brian 2
exports too: ``figure``, ``plot``, ``arange``, ``exp`` and the like. Values carry units here, as
in Brian 2: ``10*ms`` is a `Quantity`, and so is what objects give.
"""

# ruff: noqa: F403 - that is what this module is for

from __future__ import annotations

from pkgutil import iter_modules as _iter_modules

import numpy as _numpy

try:
    from matplotlib import pylab
    from matplotlib.pylab import *
except ImportError as error:
    raise ImportError(
        "distsnn.brian: matplotlib is not installed; it has the names that scripts for Brian 2 "
        "draw with. Run: pip install 'distsnn[plot]', or write: from distsnn import *"
    ) from error

import distsnn
from distsnn import *  # type: ignore[assignment,no-redef]  # both have seed() and cm; distsnn's count
from distsnn.brian import numpy_ as np
from distsnn.brian.carrying.twins import names_with_units as _names_with_units
from distsnn.later import modules_in as _modules_in
from distsnn.quantities import star as _star
from distsnn.quantities.star import *

_with_units = _names_with_units()
globals().update(_with_units)
numpy = np
# On every rank, so that ``rand()`` of numpy gives all of them the same numbers.
_numpy.random.seed(0)  # noqa: NPY002 - the generator of pylab's functions

# Scripts for Brian 2 use its modules as attributes, as in ``brian2.units.fundamentalunits``; pylab
# brings a `core` of numpy.
_modules = {module.name for module in _iter_modules(__path__)}  # noqa: F405 - every package has it
for _name in _modules & globals().keys():
    del globals()[_name]
__getattr__ = _modules_in(__name__)

# distsnn's names last: both have, for instance, a seed().
__all__ = [  # noqa: PLE0604 - strings
    *dict.fromkeys(
        [
            *(n for n in vars(pylab) if not n.startswith("_") and n not in _modules),
            "np",
            "numpy",
            *distsnn.__all__,
            *_star.__all__,
            *_with_units,
        ]
    )
]
