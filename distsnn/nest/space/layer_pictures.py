"""Pictures of nodes with positions."""

from __future__ import annotations

from collections.abc import Sequence
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
    colors = mask_color, probability_cmap
    _draw_around(figure, src_nrn, (mask, probability_parameter), colors)
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
    colors = mask_color, probability_cmap
    _draw_around(figure, tgt_nrn, (mask, probability_parameter), colors)
    return figure


def PlotProbabilityParameter(  # noqa: PLR0913 - NEST's
    source: NodeCollection,
    parameter: Any = None,
    mask: Any = None,
    edges: Sequence[float] = (-0.5, 0.5, -0.5, 0.5),
    shape: Sequence[int] = (100, 100),
    ax: Any = None,
    prob_cmap: str = "Greens",
    mask_color: Any = "yellow",
) -> None:
    """Draw the probability of being joined to a node, and a mask around it, in two dimensions."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    if parameter is None and mask is None:
        raise ValueError("there is neither a parameter nor a mask")
    axes = plt.subplots()[1] if ax is None else ax
    axes.set(xlim=edges[:2], ylim=edges[2:])
    if parameter is not None:
        _draw_probability(axes, _Field(source, edges, shape), parameter, prob_cmap)
    if mask is not None:
        _draw_mask(axes, _Field(source, edges, (200, 200)), mask, mask_color)


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


class _Field:
    """A grid of positions around a node of a layer in two dimensions.

    Parameters
    ----------
    node : NodeCollection
    edges : sequence of float
        From and to which coordinate it goes, of both.
    shape : sequence of int
        Number of positions in both.
    """

    def __init__(self, node: NodeCollection, edges: Sequence[float], shape: Sequence[int]) -> None:
        center, layer = positions_of(node)[0], next(node.parts())[0].layer
        assert layer is not None
        self.edges = list(edges)
        sides = [np.linspace(edges[2 * k], edges[2 * k + 1], shape[k]) for k in (0, 1)]
        self.x, self.y = np.meshgrid(*sides)
        self.at = np.stack([self.x.ravel(), self.y.ravel()], axis=1)
        self.source = np.broadcast_to(center, self.at.shape)
        self.away = self.at - center
        if layer.edge_wrap:
            self.away -= layer.extent * np.round(self.away / layer.extent)


def _draw_around(
    figure: Any, node: NodeCollection, drawn: tuple[Any, Any], colors: tuple[Any, str]
) -> None:
    """Draw a mask and a kernel around a node, as far as its layer goes."""
    mask, kernel = drawn
    layer = next(node.parts())[0].layer
    assert layer is not None
    if layer.center.size != 2 or (mask is None and kernel is None):
        return
    ends = zip(layer.center - layer.extent, layer.center + layer.extent, strict=True)
    edges = [float(end) for pair in ends for end in pair]
    limits = figure.axes[0].axis()
    PlotProbabilityParameter(
        node, kernel, mask, edges, ax=figure.axes[0], prob_cmap=colors[1], mask_color=colors[0]
    )
    figure.axes[0].axis(limits)


def _draw_probability(axes: Any, field: _Field, kernel: Any, colors: str) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    rng = generator(0, "picture", "kernel")
    ends = (lambda: field.source), (lambda: field.at)
    values = kernel.of(Evaluation(len(field.at), rng, None, *ends, field.away))
    picture = axes.imshow(
        np.clip(values, 0.0, 1.0).reshape(field.x.shape), cmap=colors, vmin=0.0, vmax=1.0,
        extent=field.edges, origin="lower",
    )  # fmt: skip
    plt.colorbar(picture, ax=axes, fraction=0.046, pad=0.04)


def _draw_mask(axes: Any, field: _Field, mask: Any, color: Any) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - the same

    inside = as_mask(mask).inside(field.away).reshape(field.x.shape)
    outline = axes.contour(field.x, field.y, inside.astype(float), levels=[0.5])
    for path in outline.get_paths():
        axes.add_patch(PathPatch(path, fc=color, ec="black", alpha=0.2, lw=2, zorder=0.5))
    outline.remove()
