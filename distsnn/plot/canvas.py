"""What pictures are drawn on: matplotlib, imported when the first picture is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from distsnn.errors import DistsnnError, FileError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
    DistsnnError
        matplotlib is not installed.
    """
    return ax if ax is not None else _shown_figure().add_subplot()


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
    DistsnnError
        matplotlib is not installed.
    """
    if axes is not None:
        left, right = axes
        return left, right
    figure = _shown_figure(figsize=(9.0, 4.0))
    return figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)


def require_drawable(output: Path) -> None:
    """Check that a picture can be made, before a long run that is to end with one.

    Parameters
    ----------
    output : Path
        The file that the picture will be written to.

    Raises
    ------
    FileError
        The folder does not exist or the format is not known.
    DistsnnError
        matplotlib is not installed.
    """
    formats = new_figure(1, 1).canvas.get_supported_filetypes()
    if not output.parent.is_dir():
        raise _unwritable(output, "there is no such folder")
    if output.suffix[1:].lower() not in formats:
        raise _unwritable(output, f"{output.suffix or 'no ending'} is not the name of a format")


def save(figure: Figure, output: Path) -> None:
    """Write a figure to a file whose ending says the format.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    output : Path
        The file.

    Raises
    ------
    FileError
        The file cannot be written, or the format is not known.
    """
    try:
        figure.savefig(output)
    except (OSError, ValueError) as error:
        raise _unwritable(output, str(error)) from error


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
        path=str(output),
    )


def _missing() -> DistsnnError:
    return DistsnnError(
        "plot",
        "matplotlib is not installed",
        "pictures are drawn with it",
        "Install it: pip install 'distsnn[plot]'",
    )
