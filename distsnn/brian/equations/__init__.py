"""Names of ``brian2.equations``."""

from __future__ import annotations

from distsnn.brian import *  # noqa: F403 - all names are in the star
from distsnn.brian import __all__  # noqa: F401 - what the star stands for
from distsnn.later import modules_in as _modules_in

__getattr__ = _modules_in(__name__)
