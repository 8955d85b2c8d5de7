"""Pictures of synapses: which sources reach which targets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distsnn.front.synapses.synapses_base import Synapses
from distsnn.plot.canvas import axes_pair_or_new
from distsnn.plot.picture_sources import (
    checked_most,
    name_in_file,
    opened_source,
    own_name,
    refuse_source,
    warn_of_nothing,
)
from distsnn.record.edge_file import EdgeFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "plot.connectivity"
_MOST_LINES = 300
_MOST_DOTS = 1_000
_MOST_CELLS = 100
_COLOR = "#1f78b4"


def connectivity(
    synapses: Synapses | EdgeFile | str | os.PathLike[str],
    axes: tuple[Axes, Axes] | None = None,
    most_lines: int = _MOST_LINES,
    name: str | None = None,
) -> tuple[Axes, Axes]:
    """Draw sources and targets as two columns joined by lines, beside a matrix.

    The matrix has a dot per (i, j); of more synapses than one can tell apart it is an image of
    their numbers, and only every k-th of the lines is drawn, the same ones every time.

    Parameters
    ----------
    synapses : Synapses, path or EdgeFile
        The synapses. A file, written by ``Network.write_weights``, does not say how many neurons
        there are; columns end at the last one that has synapses.
    axes : two matplotlib Axes, optional
        Where to draw.
    most_lines : int
        How many lines to draw at most.
    name : str, optional
        Which synapses of a file; by default the first.

    Returns
    -------
    tuple of two matplotlib Axes
        The axes drawn into: columns, dots.

    Raises
    ------
    UnknownNameError
        If the file has no such synapses.
    ParameterError
        If the source has no synapses.
    """
    most = checked_most(_WHERE, "most_lines", most_lines)
    called, i, j, n_source, n_target = _ends(opened_source(synapses), name)
    if not i.size:
        warn_of_nothing(_WHERE, f"{called} has no synapses")
    columns, dots = axes_pair_or_new(axes)
    every = max(1, -(-i.size // most))
    _draw_columns(columns, i[::every], j[::every], n_source, n_target)
    if every > 1:
        columns.set_title(f"one of {every:,} synapses", fontsize="small", color="0.4")
    if i.size <= _MOST_DOTS:
        size = float(np.clip(150.0 / max(n_source, n_target), 1.0, 6.0))
        dots.plot(i, j, "o", color=_COLOR, markersize=size, markeredgewidth=0)
    else:
        _draw_counts(dots, i, j, n_source, n_target)
    dots.set_xlim(-0.5, n_source - 0.5)
    dots.set_ylim(-0.5, n_target - 0.5)
    dots.set_xlabel("source index")
    dots.set_ylabel("target index")
    return columns, dots


_DRAWN = ("i", "j", "source", "target")


def _ends(
    synapses: Any, name: str | None
) -> tuple[str, NDArray[np.int64], NDArray[np.int64], int, int]:
    """Name, source and target of each synapse, and the numbers of neurons."""
    if isinstance(synapses, EdgeFile):
        called = name_in_file(synapses, name)
        i, j = (synapses.edges(called)[f"{end}_node_id"] for end in ("source", "target"))
        return called, i, j, int(i.max(initial=0)) + 1, int(j.max(initial=0)) + 1
    # Those of Brian 2 have the same attributes: example scripts run under both.
    if not all(hasattr(synapses, part) for part in _DRAWN):
        refuse_source(_WHERE, synapses, "synapses: Synapses or a file of their weights")
    called = own_name(_WHERE, synapses, name)
    i, j = np.asarray(synapses.i), np.asarray(synapses.j)
    return called, i, j, len(synapses.source), len(synapses.target)


def _draw_columns(
    ax: Axes, i: NDArray[np.int64], j: NDArray[np.int64], n_source: int, n_target: int
) -> None:
    # One line with gaps draws faster than a line for each synapse.
    x = np.tile([0.0, 1.0, np.nan], i.size)
    y = np.column_stack([i, j, np.full(i.size, np.nan)]).ravel()
    opaque = float(np.clip(6.0 / np.sqrt(max(i.size, 1)), 0.05, 1.0))
    ax.plot(x, y, color="0.3", linewidth=0.8, alpha=opaque, zorder=1)
    size = float(np.clip(300.0 / max(n_source, n_target), 1.0, 10.0))
    for at, n in ((0.0, n_source), (1.0, n_target)):
        ax.plot(np.full(n, at), np.arange(n), "o", color=_COLOR, markersize=size, zorder=2)
    ax.set_xlim(-0.15, 1.15)
    ax.set_ylim(-1, max(n_source, n_target))
    ax.set_xticks([0, 1], ["source", "target"])
    ax.set_ylabel("index")


def _draw_counts(
    ax: Axes, i: NDArray[np.int64], j: NDArray[np.int64], n_source: int, n_target: int
) -> None:
    """An image of the number of synapses between neurons, or between so many of these."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # an optional extra

    sides = [-(-n // _MOST_CELLS) for n in (n_source, n_target)]
    shape = [-(-n // side) for n, side in zip((n_source, n_target), sides, strict=True)]
    cells = (j // sides[1]) * shape[0] + i // sides[0]
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape[1], shape[0])
    extent = (-0.5, shape[0] * sides[0] - 0.5, -0.5, shape[1] * sides[1] - 0.5)
    image = ax.imshow(
        counts, origin="lower", aspect="auto", extent=extent, cmap="Blues", vmin=0,
        interpolation="nearest",
    )  # fmt: skip
    of = "a pair" if sides == [1, 1] else f"{sides[0]} by {sides[1]} neurons"
    ax.figure.colorbar(image, ax=ax, label=f"synapses of {of}", ticks=MaxNLocator(integer=True))
