"""Pictures of spikes, traces and synapses; needs matplotlib (``pip install 'distsnn[plot]'``).

Every function draws into given axes, or into those of a new figure, and returns them. Spikes
come from a spike file (a path or a `SpikeFile`) or from a `SpikeMonitor`.
"""

from __future__ import annotations

from distsnn.plot.canvas import require_drawable
from distsnn.plot.connectivity import connectivity
from distsnn.plot.panels import cv_distribution, raster, rate_distribution, rates
from distsnn.plot.summary import recording_picture, summary_picture
from distsnn.plot.traces import traces
from distsnn.plot.weights import weight_distribution

__all__ = [
    "connectivity",
    "cv_distribution",
    "raster",
    "rate_distribution",
    "rates",
    "recording_picture",
    "require_drawable",
    "summary_picture",
    "traces",
    "weight_distribution",
]
