"""Pictures of synapses: which sources reach which targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distsnn.plot.canvas import axes_pair_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LINES = 20_000
_MOST_DOTS = 200_000
_COLOR = "#1f78b4"


class Connected(Protocol):
    """What a `Synapses` offers: its ends, and source and target of each synapse."""

    source: Any
    target: Any

    @property
    def i(self) -> NDArray[np.int64]:
        """Index of the source of each synapse, int64[n]."""

    @property
    def j(self) -> NDArray[np.int64]:
        """Index of the target of each synapse, int64[n]."""


def connectivity(
    synapses: Connected,
    axes: tuple[Axes, Axes] | None = None,
    most_lines: int = _MOST_LINES,
) -> tuple[Axes, Axes]:
    """Draw sources and targets as two columns joined by lines, beside a dot per (i, j).

    Of very many synapses only every k-th is drawn, the same ones every time.

    Parameters
    ----------
    synapses : Synapses
        Anything with `i`, `j`, `source` and `target`, whose lengths are the numbers of neurons.
    axes : two matplotlib Axes, optional
        Where to draw.
    most_lines : int
        How many lines to draw at most.

    Returns
    -------
    tuple of two matplotlib Axes
        The axes drawn into: columns, dots.
    """
    columns, dots = axes_pair_or_new(axes)
    i, j = np.asarray(synapses.i), np.asarray(synapses.j)
    n_source, n_target = len(synapses.source), len(synapses.target)
    _draw_columns(columns, *_thinned(i, j, most_lines), n_source, n_target)
    shown_i, shown_j = _thinned(i, j, _MOST_DOTS)
    size = float(np.clip(150.0 / max(n_source, n_target), 0.5, 6.0))
    dots.plot(shown_i, shown_j, "o", color=_COLOR, markersize=size, markeredgewidth=0)
    dots.set_xlim(-0.5, n_source - 0.5)
    dots.set_ylim(-0.5, n_target - 0.5)
    dots.set_xlabel("source index")
    dots.set_ylabel("target index")
    return columns, dots


def _draw_columns(
    ax: Axes, i: NDArray[np.int64], j: NDArray[np.int64], n_source: int, n_target: int
) -> None:
    # One line with gaps draws faster than a line for each synapse.
    x = np.tile([0.0, 1.0, np.nan], i.size)
    y = np.column_stack([i, j, np.full(i.size, np.nan)]).ravel()
    opaque = float(np.clip(20.0 / np.sqrt(max(i.size, 1)), 0.05, 1.0))
    ax.plot(x, y, color="0.3", linewidth=0.8, alpha=opaque, zorder=1)
    size = float(np.clip(300.0 / max(n_source, n_target), 1.0, 10.0))
    for at, n in ((0.0, n_source), (1.0, n_target)):
        ax.plot(np.full(n, at), np.arange(n), "o", color=_COLOR, markersize=size, zorder=2)
    ax.set_xlim(-0.15, 1.15)
    ax.set_ylim(-1, max(n_source, n_target))
    ax.set_xticks([0, 1], ["source", "target"])
    ax.set_ylabel("index")


def _thinned(
    i: NDArray[np.int64], j: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    every = max(1, -(-i.size // max(most, 1)))
    return i[::every], j[::every]
