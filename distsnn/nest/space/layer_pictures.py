"""Pictures of nodes with positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.masks import as_mask
from distsnn.nest.space.queries import GetSourcePositions, GetTargetPositions
from distsnn.nest.values.parameter import Evaluation, generator


def PlotLayer(
    layer: NodeCollection, fig: Any = None, nodecolor: Any = "b", nodesize: float = 20
) -> Any:
    """Draw all nodes of a layer; returns the figure."""
    return _draw(fig, positions_of(layer), nodecolor, nodesize)


def PlotTargets(  # noqa: PLR0913 - NEST's
    src_nrn: NodeCollection,
    tgt_layer: NodeCollection,
    syn_type: str | None = None,
    fig: Any = None,
    mask: Any = None,
    probability_parameter: Any = None,
    src_color: Any = "red",
    src_size: float = 50,
    tgt_color: Any = "blue",
    tgt_size: float = 20,
    mask_color: Any = "yellow",
    probability_cmap: str = "Greens",
) -> Any:
    """Draw the targets of a node; returns the figure."""
    ends = GetTargetPositions(src_nrn, tgt_layer, syn_type)[0]
    figure = _draw(fig, ends, tgt_color, tgt_size)
    figure = _draw(figure, positions_of(src_nrn), src_color, src_size)
    if mask is not None or probability_parameter is not None:
        colors = mask_color, probability_cmap
        _draw_kernel(figure, src_nrn, mask, probability_parameter, colors)
    return figure


def PlotSources(  # noqa: PLR0913 - NEST's
    src_layer: NodeCollection,
    tgt_nrn: NodeCollection,
    syn_type: str | None = None,
    fig: Any = None,
    mask: Any = None,
    probability_parameter: Any = None,
    tgt_color: Any = "red",
    tgt_size: float = 50,
    src_color: Any = "blue",
    src_size: float = 20,
    mask_color: Any = "yellow",
    probability_cmap: str = "Greens",
) -> Any:
    """Draw the sources of a node; returns the figure."""
    ends = GetSourcePositions(src_layer, tgt_nrn, syn_type)[0]
    figure = _draw(fig, ends, src_color, src_size)
    figure = _draw(figure, positions_of(tgt_nrn), tgt_color, tgt_size)
    if mask is not None or probability_parameter is not None:
        colors = mask_color, probability_cmap
        _draw_kernel(figure, tgt_nrn, mask, probability_parameter, colors)
    return figure


def PlotProbabilityParameter(
    source: NodeCollection, parameter: Any = None, mask: Any = None, fig: Any = None
) -> Any:
    """Draw a kernel and a mask around a node; returns the figure."""
    figure = _draw(fig, positions_of(source), "red", 50)
    _draw_kernel(figure, source, mask, parameter, ("yellow", "Greens"))
    return figure


def _draw(figure: Any, positions: Any, color: Any, size: float) -> Any:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    rows = np.asarray(positions, dtype=np.float64)
    figure = plt.figure() if figure is None else figure
    if not figure.axes:
        figure.add_subplot(projection="3d" if rows.ndim == 2 and rows.shape[1] == 3 else None)
    axes = figure.axes[0]
    if rows.size:
        three = rows.shape[1] == 3
        axes.scatter(*rows.T, s=size, color=color, **({} if three else {"zorder": size}))
    return figure


def _draw_kernel(
    figure: Any, node: NodeCollection, mask: Any, kernel: Any, colors: tuple[Any, str]
) -> None:
    """Draw where a mask is, and how large a kernel is, around a node of two dimensions."""
    center = positions_of(node)[0]
    layer = next(node.parts())[0].layer
    assert layer is not None
    if center.size != 2:
        return
    sides = [
        np.linspace(c - e / 2, c + e / 2, 80)
        for c, e in zip(layer.center, layer.extent, strict=True)
    ]
    x, y = np.meshgrid(*sides)
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    away = at - center
    if layer.edge_wrap:
        away = away - layer.extent * np.round(away / layer.extent)
    axes = figure.axes[0]
    if kernel is not None:
        source = np.broadcast_to(center, at.shape)
        rng = generator(0, "picture", "kernel")
        values = kernel.of(Evaluation(len(at), rng, None, source, at, away))
        axes.contour(x, y, values.reshape(x.shape), cmap=colors[1])
    if mask is not None:
        inside = as_mask(mask).inside(away).reshape(x.shape)
        axes.contour(x, y, inside.astype(float), levels=[0.5], colors=colors[0])
