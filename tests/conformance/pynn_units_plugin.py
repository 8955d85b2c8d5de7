"""A plugin of pytest: distsnn in the place of the mock simulator of PyNN's unit tests."""

from __future__ import annotations

import sys

import pyNN

import distsnn.pynn

sys.modules["pyNN.mock"] = pyNN.mock = distsnn.pynn
