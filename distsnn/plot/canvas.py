"""Figures of matplotlib, which is imported when the first picture is drawn."""

from __future__ import annotations

import os
from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.describe.checks.paths import checked_path
from distsnn.errors import DistsnnError, FileError, ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What formats call a text that goes with a picture.
_NAME_OF_MARK = {"png": "Comment", "pdf": "Keywords", "svg": "Keywords", "ps": "Creator",
                 "eps": "Creator"}  # fmt: skip


def new_figure(width: float, height: float) -> Figure:
    """Make a figure that needs no display and leaves no global state behind.

    Parameters
    ----------
    width, height : float
        Size (inches).

    Returns
    -------
    matplotlib Figure
        An empty figure.

    Raises
    ------
    DistsnnError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # an optional extra
    except ImportError as error:
        raise _missing() from error
    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def axes_or_new(ax: Axes | None) -> Axes:
    """Take the given axes, or those of a new figure of pyplot, which notebooks show.

    Parameters
    ----------
    ax : matplotlib Axes or None
        The axes given by the caller.

    Returns
    -------
    matplotlib Axes
        The axes to draw into.

    Raises
    ------
    ParameterError
        They are no axes.
    DistsnnError
        matplotlib is not installed.
    """
    return _shown_figure().add_subplot() if ax is None else _checked_axes("ax", ax, ax)


def axes_pair_or_new(axes: tuple[Axes, Axes] | None) -> tuple[Axes, Axes]:
    """Take the two given axes, or two side by side in a new figure of pyplot.

    Parameters
    ----------
    axes : two matplotlib Axes or None
        The axes given by the caller.

    Returns
    -------
    tuple of two matplotlib Axes
        The axes to draw into.

    Raises
    ------
    ParameterError
        They are no two axes.
    DistsnnError
        matplotlib is not installed.
    """
    if axes is not None:
        given = list(axes) if np.iterable(axes) else []
        left, right = given if len(given) == 2 else (None, None)
        return _checked_axes("axes", left, axes), _checked_axes("axes", right, axes)
    figure = _shown_figure(figsize=(9.0, 4.0))
    return figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)


def _checked_axes(name: str, ax: Any, given: object) -> Axes:
    from matplotlib.axes import Axes  # noqa: PLC0415  # an optional extra

    if not isinstance(ax, Axes):
        raise ParameterError(
            "plot",
            f"{name}={given!r}",
            "axes are those of matplotlib, two for connectivity",
            "leave it out, or take what pyplot.subplots() returns",
        )
    return ax


def time_axis(ax: Axes, first: float, last: float) -> None:
    """Let the horizontal axis be the time from `first` to `last` (ms)."""
    # Also a recording of no duration has axes.
    ax.set_xlim(first, last if last > first else first + 1.0)
    ax.set_xlabel("time (ms)")


def name_several(ax: Axes, names: Sized) -> Axes:
    """Add a legend where there are several populations."""
    if len(names) > 1:
        ax.legend(frameon=False, fontsize="small")
    return ax


def require_drawable(output: str | os.PathLike[str]) -> None:
    """Check that a picture can be made, before a long run that is to end with one.

    Parameters
    ----------
    output : path
        The file that the picture will be written to.

    Raises
    ------
    ParameterError
        It is no path of a file.
    FileError
        The folder does not exist or the format is not known.
    DistsnnError
        matplotlib is not installed.
    """
    output = Path(checked_path("plot", "output", output))
    formats = new_figure(1, 1).canvas.get_supported_filetypes()
    if not output.parent.is_dir():
        raise _unwritable(output, "there is no such folder")
    if output.suffix[1:].lower() not in formats:
        raise _unwritable(output, f"{output.suffix or 'no ending'} is not the name of a format")


def save(figure: Figure, output: str | os.PathLike[str], digest: str = "") -> None:
    """Write a figure to a file whose ending says the format.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    output : path
        The file.
    digest : str
        That of the network it shows. The file keeps it, in formats that can; see `is_drawn_of`.

    Raises
    ------
    ParameterError
        It is no path of a file.
    FileError
        The file cannot be written, or the format is not known.
    """
    output = Path(checked_path("plot", "output", output))
    name = _NAME_OF_MARK.get(output.suffix[1:].lower()) if digest else None
    options: dict[str, Any] = {} if name is None else {"metadata": {name: _mark(digest)}}
    try:
        figure.savefig(output, **options)
    except (OSError, ValueError) as error:
        raise _unwritable(output, str(error)) from error


def is_drawn_of(picture: Path, digest: str) -> bool:
    """Whether a file is a picture that `save` has written of the network with this digest."""
    try:
        return _mark(digest).encode() in picture.read_bytes()
    except OSError:
        return False


def _mark(digest: str) -> str:
    return f"distsnn network {digest}"


def _shown_figure(**options: Any) -> Figure:
    try:
        from matplotlib import pyplot  # noqa: PLC0415  # an optional extra
    except ImportError as error:
        raise _missing() from error
    return pyplot.figure(layout="constrained", **options)


def _unwritable(output: Path, reason: str) -> FileError:
    return FileError(
        str(output),
        f"the picture cannot be written ({reason})",
        "its folder must exist and be writable, and its name end in a format such as .png",
    )


def _missing() -> DistsnnError:
    return DistsnnError(
        "plot",
        "matplotlib is not installed",
        "pictures are drawn with it",
        "Install it: pip install 'distsnn[plot]'",
    )
