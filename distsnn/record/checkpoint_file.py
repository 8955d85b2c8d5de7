"""Reading checkpoints."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.describe.checks.paths import checked_path
from distsnn.errors import FileError
from distsnn.record.checkpoint_writer import CHECKPOINT_FORMAT, ROOT, SCALAR
from distsnn.record.files.file_layout import damaged, opened
from distsnn.record.files.hdf5 import read_rows
from distsnn.record.files.provenance import read_provenance
from distsnn.record.files.seal import is_sealed

_BLOCK = 1 << 22


class CheckpointFile:
    """A checkpoint; the file is open only while it is being read.

    Attributes
    ----------
    path : Path
    metadata : dict of str to number or str
        What was given to the writer, and the versions it was written with.
    provenance : Provenance
        What made the file.
    shapes : dict of str to tuple of int
        Shape of each array.

    Raises
    ------
    FileError
        The file is missing, is being written, is not whole, or is no checkpoint.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("CheckpointFile", "path", path))
        with opened(self.path, "checkpoint") as file:
            self.metadata: dict[str, Any] = _metadata(file, self.path)
            self.provenance = read_provenance(file)
            self.shapes: dict[str, tuple[int, ...]] = {}
            file.visititems(self._note)

    def _note(self, name: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            self.shapes[name] = item.shape

    def __contains__(self, name: str) -> bool:
        return name in self.shapes

    def __repr__(self) -> str:
        return f"CheckpointFile({str(self.path)!r})"

    @property
    def step(self) -> int:
        """The next step of the network that was saved."""
        return int(self.metadata["step"])

    @property
    def t(self) -> float:
        """Biological time that the network had reached, ms."""
        return self.step * float(self.metadata["dt_ms"])

    def names(self, under: str) -> list[str]:
        """Names of the arrays in a group, without the group's."""
        return sorted(n[len(under) + 1 :] for n in self.shapes if n.startswith(f"{under}/"))

    def read(self, name: str) -> np.ndarray:
        """A whole array.

        Raises
        ------
        FileError
            It is missing or cannot be read.
        """

        def read(data: h5py.Dataset) -> np.ndarray:
            values = read_rows(data)
            return values.reshape(()) if SCALAR in data.attrs else values

        return np.asarray(self._read(name, read))

    def read_text(self, name: str) -> Any:
        """Plain values that were written as JSON."""
        return json.loads(self.read(name).tobytes())

    def read_local(self, name: str, index: np.ndarray) -> np.ndarray:
        """The values at `index` (int64 array, ascending) of an array, a block at a time.

        Raises
        ------
        FileError
            The array is missing, too short, or cannot be read.
        """

        def read(data: h5py.Dataset) -> np.ndarray:
            if index.size and index[-1] >= data.shape[0]:
                raise ValueError(f"{data.shape[0]} values, but number {index[-1]} is needed")
            values = np.empty(index.size, dtype=data.dtype)
            for first in range(0, data.shape[0], _BLOCK):
                last = min(data.shape[0], first + _BLOCK)
                local = slice(*np.searchsorted(index, [first, last]).tolist())
                if local.start < local.stop:
                    values[local] = read_rows(data, first, last)[index[local] - first]
            return values

        return self._read(name, read)

    def size(self, name: str) -> int:
        """Length of an array."""
        return int(self._read(name, lambda data: data.shape[0]))

    def _read(self, name: str, how: Any) -> Any:
        with opened(self.path, "checkpoint") as file:
            if name not in file:
                raise damaged(self.path, f"{name} is missing")
            try:
                return how(file[name])
            except (OSError, ValueError) as error:
                raise damaged(self.path, f"{name}: {error}") from error


def is_checkpoint(path: str | os.PathLike[str]) -> bool:
    """Whether a file is HDF5 with the group of checkpoints."""
    try:
        with opened(Path(path)) as file:
            return ROOT in file
    except (OSError, RuntimeError):
        return False


def _metadata(file: h5py.File, path: Path) -> dict[str, Any]:
    if ROOT not in file:
        raise FileError(
            str(path),
            f"the HDF5 file has no group /{ROOT}",
            "only checkpoints written by distsnn can be continued",
        )
    metadata = {name: _plain(value) for name, value in file[ROOT].attrs.items()}
    if int(metadata.get("format", CHECKPOINT_FORMAT)) != CHECKPOINT_FORMAT:
        raise FileError(
            str(path),
            f"the checkpoint has format {metadata['format']}",
            f"this version reads format {CHECKPOINT_FORMAT}",
            "Go on with the version of distsnn that wrote it, which 'h5dump -A' shows.",
        )
    if not is_sealed(file, ROOT):
        raise damaged(path, "its attributes or layout are not those that were written")
    missing = {"complete", "digest", "step", "end_ms", "dt_ms", "seed"} - metadata.keys()
    if missing:
        raise damaged(path, f"{', '.join(sorted(missing))} of /{ROOT} is missing")
    return metadata


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
