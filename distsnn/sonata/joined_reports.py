"""Frame reports of several groups as one file, in which each population has its nodes by id."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np

# Values that are read at once.
_VALUES = 1 << 22


def join_reports(path: Path, parts: Sequence[Path]) -> None:
    """Write one report of the nodes of several, which have the same times.

    Parameters
    ----------
    path : Path
        It is replaced if it is there.
    parts : sequence of Path
    """
    made = path.with_name(f".{path.name}.joined")
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(part, "r")) for part in parts]
        with h5py.File(made, "w") as out:
            for name in dict.fromkeys(name for file in files for name in file["report"]):
                groups = [file[f"report/{name}"] for file in files if name in file["report"]]
                _join(out.create_group(f"report/{name}"), groups)
    made.replace(path)


def _join(out: h5py.Group, groups: Sequence[h5py.Group]) -> None:
    ids = [group["mapping/node_ids"][:] for group in groups]
    every = np.sort(np.concatenate(ids))
    rows, n = groups[0]["data"].shape[0], every.size
    data = out.create_dataset("data", (rows, n), groups[0]["data"].dtype)
    for name, value in groups[0]["data"].attrs.items():
        data.attrs[name] = value
    step = max(1, _VALUES // max(1, n))
    columns = [np.searchsorted(every, own) for own in ids]
    for first in range(0, rows, step):
        block = np.empty((min(step, rows - first), n), data.dtype)
        for group, column in zip(groups, columns, strict=True):
            block[:, column] = group["data"][first : first + step]
        data[first : first + step] = block
    mapping = out.create_group("mapping")
    mapping["node_ids"] = every
    mapping["node_ids"].attrs["sorted"] = np.uint8(1)
    mapping["index_pointers"] = np.arange(n + 1, dtype=np.uint64)
    mapping["element_ids"] = np.zeros(n, dtype=np.uint32)
    mapping["time"] = groups[0]["mapping/time"][:]
    mapping["time"].attrs["units"] = "ms"
