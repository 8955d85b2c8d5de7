"""Built-in model files, and the loading of users' own.

A model file has a function ``network(**parameters) -> distsnn.Network`` whose arguments all
have defaults. It may have ``DURATION``, the time (ms) that a run takes by default, and
``report(network, spikes) -> str``, printed after a run; `spikes` is the run's `SpikeFile`.
Example scripts, which have no such function, are another kind: see `distsnn.examples.script`.
"""

from __future__ import annotations

from distsnn.examples.circuit_model import CircuitModel
from distsnn.examples.model import Model, ModelError, catalog, load
from distsnn.examples.script import Script, scripts

__all__ = ["CircuitModel", "Model", "ModelError", "Script", "catalog", "load", "scripts"]
