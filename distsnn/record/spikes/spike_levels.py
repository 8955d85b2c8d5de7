"""Spikes counted over time and neurons, kept beside a recording, for looking at large ones."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distsnn.record.files.file_layout import opened
from distsnn.record.files.hdf5 import read_rows
from distsnn.record.spikes.spike_reader import SpikeFile

_BINS, _MOST_ROWS = 16_384, 256
_CHUNK = 1 << 20
# Windows with at most so many spikes are read spike by spike.
_MOST_READ = 4_000_000
_VERSION = 1


@dataclass(frozen=True)
class Window:
    """A part of a raster, and the size of its picture.

    Attributes
    ----------
    start, stop : float, ms
    first, last : float
        Neurons, from `first` on and before `last`.
    width, height : int
        Pixels.
    """

    start: float
    stop: float
    first: float
    last: float
    width: int
    height: int


class SpikeLevels:
    """Counts of the spikes of each group; made once for a file, and kept beside it if that may be.

    Parameters
    ----------
    file : SpikeFile
    """

    def __init__(self, file: SpikeFile) -> None:
        self.file = file
        self.start, self.stop = float(file.header.start), float(file.header.end)
        self._edge = max(self.stop - self.start, 1e-9) / _BINS
        found = os.stat(file.path)
        mark = np.array([_VERSION, found.st_size, found.st_mtime_ns])
        path = Path(file.path).with_name(f".{Path(file.path).name}.levels.npz")
        self._arrays = _read(path, mark)
        if self._arrays is None:
            self._arrays = {"mark": mark}
            for number, name in enumerate(file.groups):
                counts, rows = self._counted(name)
                self._arrays |= {f"counts{number}": counts, f"rows{number}": rows}
            # A folder that cannot be written costs time at each beginning, and no more.
            with suppress(OSError):
                np.savez(path, allow_pickle=False, **self._arrays)

    def _counted(self, name: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Counts (uint32[rows, bins]) of a group, and the first spike of each bin (int64)."""
        n_rows = min(self.file.groups[name], _MOST_ROWS)
        counts = np.zeros(n_rows * _BINS, np.int64)
        total = self.file.count(name)
        with opened(self.file.path) as file:
            for first in range(0, total, _CHUNK):
                last = min(total, first + _CHUNK)
                times = read_rows(file[f"spikes/{name}/timestamps"], first, last)
                index = read_rows(file[f"spikes/{name}/node_ids"], first, last).astype(np.int64)
                row = index * n_rows // self.file.groups[name]
                counts += np.bincount(row * _BINS + self._bin(times), minlength=counts.size)
        table = counts.reshape(n_rows, _BINS)
        return table.astype(np.uint32), np.append(0, np.cumsum(table.sum(axis=0)))

    def _bin(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.clip((times - self.start) / self._edge, 0, _BINS - 1).astype(np.int64)

    def image(self, name: str, window: Window) -> NDArray[np.uint32]:
        """Spikes in each pixel, uint32[height, width]; the first neuron is at the bottom."""
        number, size = list(self.file.groups).index(name), self.file.groups[name]
        assert self._arrays is not None
        counts, rows = self._arrays[f"counts{number}"], self._arrays[f"rows{number}"]
        low, high = self._bin(np.array([window.start, window.stop]))
        first, last = int(rows[low]), int(rows[high + 1])
        if last - first <= _MOST_READ:
            with opened(self.file.path) as file:
                times = read_rows(file[f"spikes/{name}/timestamps"], first, last)
                index = read_rows(file[f"spikes/{name}/node_ids"], first, last).astype(np.float64)
            return _pixels(window, times, index + 0.5, np.ones(times.size))
        times = self.start + (np.arange(low, high + 1) + 0.5) * self._edge
        index = (np.arange(counts.shape[0]) + 0.5) * size / counts.shape[0]
        return _pixels(
            window,
            np.tile(times, index.size),
            np.repeat(index, times.size),
            counts[:, low : high + 1].ravel().astype(np.float64),
        )


def _pixels(
    window: Window,
    times: NDArray[np.float64],
    index: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.uint32]:
    """Sums of weights in pixels."""
    x = np.floor((times - window.start) / (window.stop - window.start) * window.width)
    y = np.floor((index - window.first) / (window.last - window.first) * window.height)
    inside = (x >= 0) & (x < window.width) & (y >= 0) & (y < window.height)
    pixel = (window.height - 1 - y[inside]) * window.width + x[inside]
    n_pixels = window.width * window.height
    sums = np.bincount(pixel.astype(np.int64), weights[inside], minlength=n_pixels)
    return sums.reshape(window.height, window.width).astype(np.uint32)


def _read(path: Path, mark: NDArray[np.int64]) -> dict[str, Any] | None:
    """The arrays that are kept, if they are those of the file as it is."""
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, EOFError):
        return None
    return arrays if np.array_equal(arrays.get("mark", ()), mark) else None
