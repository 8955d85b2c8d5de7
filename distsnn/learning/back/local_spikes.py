"""Spikes of local neurons in the backward pass, with what is known of their crossings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from distsnn.errors import DistsnnError
from distsnn.kernels.adjoint.backward import NEVER
from distsnn.learning.adjoint_neurons import AdjointNeurons
from distsnn.learning.again.run_again import RunAgain
from distsnn.learning.forward_run import ForwardRun, ForwardSpikes


@dataclass(frozen=True, eq=False)
class LocalSpikes:
    """The spikes of the local neurons of one group.

    Attributes
    ----------
    position : int64 array (n,)
        Where they are among those of all.
    lid : int64 array (n,)
    begin : int64 array (steps + 1,)
        Those of the k-th step of the run are from `begin[k]` to `begin[k + 1]`.
    until : int64 array (n,)
        When the neuron was released after its spike before.
    until_early : float64 array (n,)
        How long before the end of that step, ms; 0 but in continuous time.
    by_time, by_threshold, slope, slope_after, early, by_before : float64 array (n,)
        See `pull_steps`.
    constants : float64 array (T, n) or None
        In continuous time derivatives of the potential at the crossing by time constants, mV/ms.
    n_bounded : int
        Number of those whose slope counts as the least one.
    """

    position: np.ndarray
    lid: np.ndarray
    begin: np.ndarray
    until: np.ndarray
    until_early: np.ndarray
    by_time: np.ndarray
    by_threshold: np.ndarray
    slope: np.ndarray
    slope_after: np.ndarray
    early: np.ndarray
    by_before: np.ndarray
    constants: np.ndarray | None
    n_bounded: int

    @classmethod
    def of(
        cls,
        run: ForwardRun,
        g: int,
        neurons: AdjointNeurons,
        refractory: np.ndarray,
        again: RunAgain | None,
    ) -> LocalSpikes:
        """Those of some neurons, which are refractory for some steps (int64 (n,)) after a spike."""
        spikes = run.spikes[g]
        lid, position = neurons.local(spikes.index)
        step = spikes.step[position]
        released = step + refractory[lid]
        until = np.full(position.size, NEVER)
        # Spikes of a neuron one after the other.
        by_neuron = np.argsort(lid, kind="stable")
        same = np.flatnonzero(np.diff(lid[by_neuron]) == 0)
        until[by_neuron[same + 1]] = released[by_neuron[same]]
        last = np.ones(position.size, dtype=bool)
        last[same] = False
        neurons.until[lid[by_neuron[last]]] = released[by_neuron[last]]
        by_time, by_before = spikes.direct[position].copy(), spikes.by_before[position]
        until_early, constants = np.zeros(position.size), None
        if again is None or not again.exact:
            slope, slope_after, early = _slopes(run, spikes, neurons, position, lid)
        else:
            of = again.crossings[g]
            slope, slope_after, early, constants = (
                of.slope,
                of.slope_after,
                of.early,
                of.derivatives,
            )
            until_early[by_neuron[same + 1]] = early[by_neuron[same]]
            neurons.until_early[lid[by_neuron[last]]] = early[by_neuron[last]]
        if again is not None and g in again.traces:
            of_time, of_potential = again.traces[g].of_spikes(again.crossings[g])
            by_time, by_before = by_time + of_time, by_before + of_potential
        return cls(
            position,
            lid,
            np.searchsorted(step, np.arange(run.first, run.end + 1)),
            until,
            until_early,
            by_time,
            np.zeros(position.size),
            _checked(run, slope, step, neurons.index[lid]),
            slope_after,
            early,
            by_before,
            constants,
            int(np.count_nonzero(~(slope >= run.least_slope))),
        )


def _slopes(
    run: ForwardRun,
    spikes: ForwardSpikes,
    neurons: AdjointNeurons,
    position: np.ndarray,
    lid: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes of the potential (float64 (n,), mV/ms) at spikes and after the refractory period.

    The threshold was crossed a part of a step before the spike: how much (float64 (n,), ms) is the
    last one.
    """
    x, rise = (spikes.at[:, k, position] for k in range(2))
    slope = neurons.drive[lid] + neurons.per_current[lid] * x.sum(axis=0)
    fall = neurons.per_current[lid] * ((x - math.e * rise) / neurons.tau[:, lid]).sum(axis=0)
    beyond = spikes.potential[position] - neurons.V_th[lid]
    with np.errstate(divide="ignore", invalid="ignore"):
        early = np.where(slope > 0.0, beyond / slope, run.dt)
    early = np.minimum(early, run.dt)
    after = neurons.per_current[lid] * spikes.after[:, 0, position].sum(axis=0)
    return slope + early * fall, neurons.drive_after[lid] + after, early


def _checked(run: ForwardRun, slope: np.ndarray, step: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Slopes at spikes (float64 (n,), mV/ms), all above 0."""
    if run.least_slope > 0.0:
        return np.maximum(slope, run.least_slope)
    if (bad := np.flatnonzero(~(slope > 0.0))).size:
        at = bad[0]
        raise DistsnnError(
            "backward",
            f"the potential of neuron {index[at]} has a slope of {slope[at]:g} mV/ms at its spike "
            f"of step {step[at]}",
            "such a spike appears or disappears with the smallest change, and its time has no "
            "derivative",
            "change the input a little, or give least_slope=",
        )
    return slope
