"""The record of a run for the backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from distsnn.learning.surrogate_spikes import Surrogate


@dataclass(frozen=True, eq=False)
class ForwardSpikes:
    """The spikes of one group, on every rank, in the order of (step, index).

    Attributes
    ----------
    step, index : int64 array (n,)
    direct : float64 array (n,)
        Derivative of the loss by the time of each, without what it does to others, 1/ms.
    by_before : float64 array (n,)
        Derivative of the loss by the potential just before the reset, 1/mV.
    potential : float64 array (n,)
        Potential at the end of the step of the spike, mV; none of sources.
    at, after : float64 array (R, 2, n)
        Current of each receptor, and what lets it rise (0 for exponential ones), at the spike and
        at the end of the refractory period, pA.
    constants : mapping of str to (float64 array (n,), float64 array (n,))
        Derivatives of the potential (mV/ms) and of the current (pA/ms) at the spike by each time
        constant.
    early : float64 array (n,)
        How long each is before the end of its step, ms; 0 but in continuous time.
    """

    step: np.ndarray
    index: np.ndarray
    direct: np.ndarray
    by_before: np.ndarray
    potential: np.ndarray
    at: np.ndarray
    after: np.ndarray
    constants: Mapping[str, tuple[np.ndarray, np.ndarray]]
    early: np.ndarray


@dataclass(frozen=True, eq=False)
class SilentNeurons:
    """The neurons of one group without spikes, in the order of (step, index).

    Attributes
    ----------
    step, index : int64 array (n,)
        The step in which the potential of each was highest.
    potential : float64 array (n,)
        The potential after it, mV.
    direct : float64 array (n,)
        Derivative of the loss by one more spike then, without what it does to others.
    """

    step: np.ndarray
    index: np.ndarray
    potential: np.ndarray
    direct: np.ndarray


@dataclass(frozen=True, eq=False)
class VoltageDerivatives:
    """Derivative of the loss by potentials of a group.

    Attributes
    ----------
    index : int64 array (m,)
        Neurons.
    values : float64 array (states, m)
        Derivative by the potential in each state of the run, 1/mV.
    """

    index: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class ForwardRun:
    """The run, as the backward pass sees it.

    Attributes
    ----------
    first, end : int
        The steps ``first <= step < end``.
    spikes : list of ForwardSpikes
        By index of the group.
    silent : list of SilentNeurons
        By index of the group; none without a `Surrogate`.
    surrogate : Surrogate or None
    voltages : mapping of int to VoltageDerivatives
        By index of the group.
    by_constants : mapping of int to mapping of str to float64 array (N,)
        Derivatives of the loss by time constants through potentials, for given spikes; by index of
        the group.
    untraced : set of int
        Groups with potentials in the loss where such derivatives are not recorded.
    cut : frozenset of str
        Names of the synapses at which the gradient of their source's spikes ends.
    least_slope : float
        Smaller slopes of the potential at a spike (mV/ms) count as this one, if it is not 0.
    dt : float, ms
    """

    first: int
    end: int
    spikes: list[ForwardSpikes]
    silent: list[SilentNeurons]
    surrogate: Surrogate | None
    voltages: Mapping[int, VoltageDerivatives]
    by_constants: Mapping[int, Mapping[str, np.ndarray]]
    untraced: set[int]
    cut: frozenset[str]
    least_slope: float
    dt: float
