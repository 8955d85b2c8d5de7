"""The module ``pyNN.distsnn``: wheels install this file where PyNN looks for simulators."""

from __future__ import annotations

# It takes the name pyNN.distsnn for itself.
import distsnn.pynn  # noqa: F401
