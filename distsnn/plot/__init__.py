"""Pictures of spikes, traces and synapses; needs matplotlib (``pip install 'distsnn[plot]'``).

A picture's source is a recorded file (a path or its reader) or a monitor; pictures of synapses are
also drawn from `Synapses`. What a function cannot draw it refuses, and says which function draws
it. The functions for one panel draw into given axes, or into those of a new figure, and return
them. A picture that is empty is said in the log ("distsnn").
"""

from __future__ import annotations

from distsnn.plot.canvas import require_drawable
from distsnn.plot.connectivity import connectivity
from distsnn.plot.panels import cv_distribution, raster, rate_distribution
from distsnn.plot.pictures import recording_picture, summary_picture
from distsnn.plot.rates_over_time import rates
from distsnn.plot.sheets import activity_map, film
from distsnn.plot.spectra import spectrum
from distsnn.plot.timeline_picture import timeline
from distsnn.plot.traces import traces
from distsnn.plot.weights import weight_distribution
from distsnn.plot.weights_over_time import weights_over_time

__all__ = [
    "activity_map",
    "connectivity",
    "cv_distribution",
    "film",
    "raster",
    "rate_distribution",
    "rates",
    "recording_picture",
    "require_drawable",
    "spectrum",
    "summary_picture",
    "timeline",
    "traces",
    "weight_distribution",
    "weights_over_time",
]
