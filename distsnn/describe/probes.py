"""Probes: what monitors read of a group while the network runs.

They do not change what is simulated, and are no part of the description's digest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.describe.operations import SPIKE, place_in_slots

# Places of a step at which states can be read, in their order.
AT_START, AT_THRESHOLDS, AT_END = range(3)


@dataclass(frozen=True, eq=False)
class StateProbe:
    """Reads variables of some neurons at regular times.

    Attributes
    ----------
    group : int
        Index of the group.
    variables : tuple of str
    index : int64 array (n,)
        Neurons within the group, in the order in which they are wanted; they may repeat.
    every : int
        Read in the steps that are multiples of this number.
    when : int
        `AT_START` (values at t_n), `AT_THRESHOLDS` (after update and threshold of step n, before
        events) or `AT_END` (after the reset of step n).
    place : (int, int, str)
        What sorts it among operations; see `distsnn.describe.operations.place_in_slots`.
    """

    group: int
    variables: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int
    place: tuple[int, int, str] = (0, 0, "")


@dataclass(frozen=True)
class SpikeProbe:
    """Reads variables of the neurons that spike, after the threshold and before events.

    Attributes
    ----------
    group : int
        Index of the group.
    variables : tuple of str
    start, stop : int
        The neurons ``start <= index < stop``.
    event : str
        What it reads them at, if not at spikes.
    when : int
        See `StateProbe`.
    place : (int, int, str)
        See `StateProbe`.
    """

    group: int
    variables: tuple[str, ...]
    start: int
    stop: int
    event: str = SPIKE
    when: int = AT_THRESHOLDS
    place: tuple[int, int, str] = place_in_slots("after_thresholds", 1, "")


@dataclass(frozen=True, eq=False)
class SynapseProbe:
    """Reads variables of some equation-based synapses at regular times.

    Attributes
    ----------
    synapses : int
        Number of their object in the description.
    variables : tuple of str
    index : int64 array (n,)
        Numbers of the synapses in the order of creation; they may repeat.
    every, when, place
        See `StateProbe`.
    """

    synapses: int
    variables: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int
    place: tuple[int, int, str] = (0, 0, "")


@dataclass(frozen=True, eq=False)
class WeightProbe:
    """Reads weights that a rule changes at regular times.

    Attributes
    ----------
    projections : tuple of str
        Names of the projections of one object.
    index : int64 array (n,)
        Numbers of the synapses in the order of creation; they may repeat.
    every, when : int
        See `StateProbe`.
    """

    projections: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int


@dataclass(frozen=True, eq=False)
class HistogramProbe:
    """Counts weights that a rule changes, at the beginning of steps.

    Attributes
    ----------
    projections : tuple of str
        Names of the projections of one object.
    edges : float64 array (bins + 1,)
        Ascending; a weight on an edge counts above it, one on the last edge below it.
    every : int
        See `StateProbe`.
    """

    projections: tuple[str, ...]
    edges: np.ndarray
    every: int


Probe = StateProbe | SpikeProbe | SynapseProbe | WeightProbe | HistogramProbe
