"""Synapses in the backward pass, from which spikes fetch what they have changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.kernels.adjoint.backward_rows import BETWEEN, CHUNK, ON_GRID, SILENT, pull_rows
from distsnn.learning.adjoint_neurons import AdjointNeurons
from distsnn.learning.adjoint_rows import AdjointRows
from distsnn.learning.forward_run import ForwardSpikes, SilentNeurons


@dataclass(eq=False)
class PulledSynapses:
    """The synapses of one ``connect`` in the pass, with their derivatives.

    Attributes
    ----------
    projection : ProjectionDescription
    rows : AdjointRows
    weight : float64 array (n,)
    by_weight, by_delay : float64 array (n,)
    row, row_of_silent : int64 array (spikes, and silent neurons, of the source group)
    cut : bool
        Whether the gradient of the source's spikes ends here.
    """

    projection: ProjectionDescription
    rows: AdjointRows
    weight: np.ndarray
    by_weight: np.ndarray
    by_delay: np.ndarray
    row: np.ndarray
    row_of_silent: np.ndarray
    cut: bool
    _work: tuple[np.ndarray, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self._work = np.empty(CHUNK), np.empty(CHUNK)

    def pull(
        self,
        source: ForwardSpikes | SilentNeurons,
        part: slice,
        neurons: AdjointNeurons,
        end: int,
        limbs: np.ndarray,
    ) -> bool:
        """Let some spikes, or silent neurons, of the source fetch what they have changed.

        Parameters
        ----------
        source : ForwardSpikes or SilentNeurons
        part : slice
            Which of them.
        neurons : AdjointNeurons
            The targets.
        end : int
            Events of this step and later ones have not acted.
        limbs : int64 array (n * LIMBS,), in/out
            See `pull_rows`.

        Returns
        -------
        bool
            Whether all derivatives were small enough to be added.
        """
        if isinstance(source, ForwardSpikes):
            how = BETWEEN if neurons.between else ON_GRID
            early, row = source.early[part], self.row[part]
        else:
            how, early, row = SILENT, np.empty(0), self.row_of_silent[part]
        fits: bool = pull_rows(
            how,
            source.step[part],
            early,
            row,
            self.rows.begins,
            self.rows.target,
            self.rows.delay,
            self.weight,
            *neurons.pulled_by(self.projection.receptor),
            neurons.index.size,
            neurons.window,
            end,
            self.projection.since,
            self.cut,
            self.by_weight,
            self.by_delay,
            limbs,
            *self._work,
        )
        return fits


def rows_of(projection: ProjectionDescription, index: np.ndarray) -> np.ndarray:
    """Rows (int64 (n,)) of members of the source's group in a table; -1 for others."""
    row = index - projection.source.start
    return np.where((row >= 0) & (row < projection.source.size), row, -1)
