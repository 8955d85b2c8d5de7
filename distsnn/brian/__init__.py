"""All names that scripts for Brian 2 find after their star: ``from distsnn.brian import *``.

Beside everything of ``from distsnn import *`` these are the names of ``pylab``, which Brian 2
exports too: ``figure``, ``plot``, ``arange``, ``exp`` and the like. Values carry units here, as
in Brian 2: ``10*ms`` is a `Quantity`, and so is what objects give.
"""

# ruff: noqa: F403 - that is what this module is for

from __future__ import annotations

import sys
from types import ModuleType

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
from distsnn.brian.carrying.twins import names_with_units as _names_with_units
from distsnn.quantities import star as _star
from distsnn.quantities.star import *

globals().update(_names_with_units())

# distsnn's names last: both have, for instance, a seed().
__all__ = [  # noqa: PLE0604 - strings
    *dict.fromkeys(
        [
            *(name for name in vars(pylab) if not name.startswith("_")),
            "numpy",
            *distsnn.__all__,
            *_star.__all__,
        ]
    )
]

# Modules of Brian 2 from which scripts import names; `units` has files of its own.
_MODULES = """
    codegen core core.base core.clocks core.functions core.magic core.network
    core.operations core.preferences devices devices.device equations
    equations.equations groups groups.neurongroup groups.subgroup importexport input
    input.poissongroup input.poissoninput input.spikegeneratorgroup input.timedarray
    monitors monitors.ratemonitor monitors.spikemonitor monitors.statemonitor
    stateupdaters synapses synapses.synapses utils utils.logger
"""
for _name in _MODULES.split():
    _parent, _, _last = f"{__name__}.{_name}".rpartition(".")
    _module = ModuleType(f"{_parent}.{_last}", f"Names of ``brian2.{_name}``.")
    vars(_module).update({name: globals()[name] for name in __all__}, __all__=__all__)
    sys.modules[_module.__name__] = _module
    setattr(sys.modules[_parent], _last, _module)
