"""Ready model files, and the loading of users' own.

A model file has a function ``network(**parameters) -> distsnn.Network`` whose arguments all
have defaults. It may have ``DURATION``, the time (ms) that a run takes by default, and
``report(network, spikes) -> str``, printed after a run; `spikes` is the run's `SpikeFile`.
"""

from __future__ import annotations

from distsnn.examples.model import Model, ModelError, catalog, load

__all__ = ["Model", "ModelError", "catalog", "load"]
