"""Pictures and films of activity in space."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distsnn.describe.checks.paths import checked_path
from distsnn.errors import FileError, ParameterError, unknown_name
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.plot.canvas import axes_or_new
from distsnn.plot.picture_sources import is_finite, opened_source, refuse_source
from distsnn.plot.populations import PopulationSpikes, read_populations
from distsnn.plot.traces import recorded_values
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile
from distsnn.units import Hz

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

Source = str | os.PathLike[str] | SpikeFile | SpikeMonitor | StateMonitor | ReportFile
_ENDINGS = (".gif", ".mp4", ".html")
_MOST_FRAMES = 2_000


@dataclass(frozen=True)
class _Activity:
    """Values of neurons over time.

    Attributes
    ----------
    n : int
        Number of neurons.
    label : str
        What the values are, with the unit.
    start, stop : float, ms
    mean : callable
        The values (float64 (n,)) between two times.
    """

    n: int
    label: str
    start: float
    stop: float
    mean: Callable[[float, float], NDArray[np.float64]]


def activity_map(
    source: Source,
    positions: ArrayLike | None = None,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
    name: str | None = None,
) -> Axes:
    """Draw the rate of each neuron, or the mean of a recorded variable, where the neuron is.

    Parameters
    ----------
    source : path, SpikeFile, SpikeMonitor, StateMonitor or ReportFile
        Spikes, or a variable of neurons over time.
    positions : (int, int) or array-like of float (n, 2), optional
        Rows and columns of a sheet whose neurons are numbered row by row, from below; or the
        position of each neuron. By default a square sheet, if the number of neurons is one.
    ax : matplotlib Axes, optional
        Where to draw.
    start, stop : float, optional
        Window of time (ms).
    name : str, optional
        The population of a file of spikes, or the recorded variable; by default the first.

    Returns
    -------
    matplotlib Axes
        The axes drawn into.

    Raises
    ------
    ParameterError
        The source has no activity of neurons, or there are not as many places as neurons.
    """
    where = "plot.activity_map"
    activity = _activity(where, source, (start, stop), name)
    places = _Places(where, activity.n, positions)
    ax = axes_or_new(ax)
    values = activity.mean(activity.start, activity.stop)
    drawn = places.draw(ax, values, (float(values.min()), float(values.max())))
    ax.figure.colorbar(drawn, ax=ax, label=activity.label)
    return ax


def film(
    source: Source,
    output: str | os.PathLike[str] | None = None,
    positions: ArrayLike | None = None,
    ax: Axes | None = None,
    window: tuple[float | None, float | None] = (None, None),
    frame: float | None = None,
    name: str | None = None,
) -> FuncAnimation:
    """Make a film of the activity of neurons where they are.

    Parameters
    ----------
    source, positions, ax, name
        See `activity_map`.
    output : path, optional
        Write the film here: ``.gif``, ``.html`` (needs no other program), or ``.mp4``
        (needs ffmpeg, of the system or of the package imageio-ffmpeg).
    window : (float or None, float or None)
        Begin and end (ms).
    frame : float, ms, optional
        Biological time of a frame; by default a hundredth of the window.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        The film; its ``to_jshtml()`` shows it in a notebook.

    Raises
    ------
    ParameterError
        As for `activity_map`; or there are more than 2,000 frames.
    FileError
        The film cannot be written.
    """
    where = "plot.film"
    activity = _activity(where, source, window, name)
    places = _Places(where, activity.n, positions)
    edges = _frames(where, activity, frame)
    path = None if output is None else _checked_output(where, output)
    ax = axes_or_new(ax)
    from matplotlib.animation import FuncAnimation  # noqa: PLC0415  # an optional extra

    frames = [activity.mean(*ends) for ends in pairwise(edges)]
    limits = min(float(f.min()) for f in frames), max(float(f.max()) for f in frames)
    drawn = places.draw(ax, frames[0], limits)
    ax.figure.colorbar(drawn, ax=ax, label=activity.label)

    def show(k: int) -> Sequence[Any]:
        drawn.set_array(places.arranged(frames[k]))
        ax.set_title(f"{edges[k]:,.1f} to {edges[k + 1]:,.1f} ms", fontsize="small")
        return [drawn]

    # The figure itself, also of axes in a part of one.
    whole = ax.figure.canvas.figure
    made = FuncAnimation(whole, show, frames=len(frames), interval=60, blit=False)
    if path is not None:
        _write(made, path)
    return made


class _Places:
    """The places of neurons in a picture: a sheet, or positions."""

    def __init__(self, where: str, n: int, positions: ArrayLike | None) -> None:
        side = round(n**0.5)
        places = np.asarray((side, side) if positions is None else positions)
        sheet = places.shape == (2,) and places.dtype.kind in "iu" and (places > 0).all()
        self._shape = tuple(places.tolist()) if sheet else None
        self._positions = places.astype(float) if places.dtype.kind in "iuf" else places
        fits = places.shape == (n, 2) and np.isfinite(self._positions).all()
        if (places.prod() != n) if sheet else not fits:
            raise ParameterError(
                where,
                f"{n} neurons and positions={positions!r:.60}",
                "positions are (rows, columns) of as many neurons, or an array (neurons, 2)",
                "correct positions",
            )

    def arranged(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values as the picture takes them."""
        return values if self._shape is None else values.reshape(self._shape)

    def draw(self, ax: Axes, values: NDArray[np.float64], limits: tuple[float, float]) -> Any:
        """Draw values with colors between two limits."""
        low, high = limits if limits[1] > limits[0] else (limits[0], limits[0] + 1.0)
        colors: dict[str, Any] = {"cmap": "viridis", "vmin": low, "vmax": high}
        ax.set_aspect("equal")
        if self._shape is None:
            size = float(np.clip(40_000.0 / len(values), 2.0, 80.0))
            x, y = self._positions.T
            drawn: Any = ax.scatter(x, y, c=values, s=size, linewidths=0, rasterized=True, **colors)
            ax.set(xlabel="x", ylabel="y")
            return drawn
        ax.set(xlabel="column", ylabel="row")
        return ax.imshow(self.arranged(values), origin="lower", interpolation="nearest", **colors)


def _activity(
    where: str, source: Source, window: tuple[float | None, float | None], name: str | None
) -> _Activity:
    source = opened_source(source)
    if isinstance(source, SpikeFile | SpikeMonitor):
        populations = {one.name: one for one in read_populations(where, source, window)}
        chosen = next(iter(populations)) if name is None else name
        if not isinstance(chosen, str) or chosen not in populations:
            unknown_name(where, str(chosen), populations)
        one = populations[chosen]
        return _Activity(one.size, f"rate of {chosen} (Hz)", one.start, one.stop, _rates(one))
    if not isinstance(source, ReportFile | StateMonitor):
        refuse_source(where, source, "activity: spikes or traces, their file or monitor")
    found = recorded_values(where, source, name, window)
    if not found.values.size:
        raise ParameterError(
            where, f"no values of {found.name} were recorded", "there must be some", "record them"
        )

    def mean(start: float, stop: float) -> NDArray[np.float64]:
        first, last = np.searchsorted(found.t, [start, stop])
        # A frame may be shorter than the time between two values.
        first = min(first, found.t.size - 1)
        values: NDArray[np.float64] = found.values[:, first : max(last, first + 1)].mean(axis=1)
        return values

    end = float(np.nextafter(found.t[-1], np.inf))
    return _Activity(len(found.values), found.label, float(found.t[0]), end, mean)


def _rates(one: PopulationSpikes) -> Callable[[float, float], NDArray[np.float64]]:
    def mean(start: float, stop: float) -> NDArray[np.float64]:
        within = slice(*np.searchsorted(one.times, [start - 1e-9, stop - 1e-9]))
        counts = np.bincount(one.node_ids[within], minlength=one.size)
        rates: NDArray[np.float64] = counts / max(stop - start, 1e-9) / Hz
        return rates

    return mean


def _frames(where: str, activity: _Activity, frame: float | None) -> NDArray[np.float64]:
    """Ends of the frames, ms."""
    duration = activity.stop - activity.start
    length = duration / 100 if frame is None else frame
    valid = is_finite(length) and 0 < length <= duration * (1 + 1e-9)
    n = int(duration / length + 1e-9) if valid else 0
    if not 0 < n <= _MOST_FRAMES:
        raise ParameterError(
            where,
            f"frame={frame!r} ms in {duration:g} ms",
            f"a film has 1 to {_MOST_FRAMES:,} frames",
            "correct frame, or choose start and stop",
        )
    return np.asarray(activity.start + length * np.arange(n + 1))


def _checked_output(where: str, output: str | os.PathLike[str]) -> Path:
    path = Path(checked_path(where, "output", output))
    if path.suffix not in _ENDINGS:
        raise FileError(
            str(path), "this is no film", f"its name ends in {', '.join(_ENDINGS)}", "choose one"
        )
    if not path.parent.is_dir():
        raise FileError(str(path), f"there is no folder {path.parent}", "", "make the folder")
    if path.suffix == ".mp4" and _ffmpeg() is None:
        raise FileError(
            str(path),
            "ffmpeg is not installed",
            "it writes .mp4",
            "install it (pip install imageio-ffmpeg brings it), or write .gif or .html",
        )
    return path


def _ffmpeg() -> str | None:
    """Path of ffmpeg: that of the system, or of the package imageio-ffmpeg."""
    found = shutil.which("ffmpeg")
    if found is None and importlib.util.find_spec("imageio_ffmpeg") is not None:
        found = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    return found


def _write(made: FuncAnimation, path: Path) -> None:
    from matplotlib import rc_context  # noqa: PLC0415  # an optional extra

    try:
        if path.suffix == ".html":
            path.write_text(made.to_jshtml(), encoding="utf8")
        elif path.suffix == ".mp4":
            with rc_context({"animation.ffmpeg_path": _ffmpeg()}):
                made.save(path, writer="ffmpeg", dpi=100)
        else:
            made.save(path, writer="pillow", dpi=100)
    except OSError as error:
        raise FileError(str(path), f"the film cannot be written ({error.strerror})") from error
