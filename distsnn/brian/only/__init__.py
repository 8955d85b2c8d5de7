"""Names of ``brian2.only``."""

from __future__ import annotations

from distsnn.brian import *  # noqa: F403 - all names are in the star
from distsnn.brian import __all__  # noqa: F401 - what the star stands for
