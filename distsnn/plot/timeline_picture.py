"""Pictures of timelines of ranks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from distsnn.describe.checks.paths import checked_path
from distsnn.errors import FileError
from distsnn.plot.canvas import axes_or_new, new_figure, save
from distsnn.plot.populations import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def timeline(source: str | os.PathLike[str], ax: Axes | None = None) -> Axes:
    """Draw what each rank did when, from a file of ``run(profile=)`` or ``--profile``.

    Parameters
    ----------
    source : path
        The file, in the format of Chrome's and Perfetto's viewers.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    ParameterError
        `source` is no path.
    FileError
        The file is none of these.
    """
    checked_path("plot.timeline", "source", source)
    try:
        events = json.loads(Path(source).read_text(encoding="utf8"))["traceEvents"]
        spans = [(e["name"], e["tid"], e["ts"], e["dur"]) for e in events if e["ph"] == "X"]
    except OSError as error:
        raise FileError(str(source), f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(
            str(source), "is no timeline", "run(profile=FILE) or --profile writes one"
        ) from error
    ax = axes_or_new(ax)
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # an optional extra

    for number, name in enumerate(dict.fromkeys(name for name, *_ in spans)):
        color = COLORS[2 * number % len(COLORS) + number * 2 // len(COLORS)]
        for rank in sorted({rank for _, rank, *_ in spans}):
            own = [
                (begin * 1e-6, dur * 1e-6) for n, r, begin, dur in spans if (n, r) == (name, rank)
            ]
            ax.broken_barh(own, (rank - 0.4, 0.8), color=color, label=name if own else None)
    handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    ax.legend(
        handles.values(), handles.keys(), frameon=False, loc="upper left", bbox_to_anchor=(1, 1)
    )
    ax.set(xlabel="wall time (s)", ylabel="rank")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.invert_yaxis()
    return ax


def timeline_picture(source: str | os.PathLike[str], output: str | os.PathLike[str]) -> None:
    """Write the picture of a timeline to a file, whose ending says the format."""
    figure = new_figure(10, 4)
    timeline(source, figure.add_subplot())
    save(figure, output)
