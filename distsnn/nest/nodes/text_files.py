"""Files of recorders, as NEST's backend ``ascii`` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distsnn.errors import FileError
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.model_table import RECORDER
from distsnn.nest.nodes.block import Block


def file_of(kernel: Kernel, block: Block, gid: int) -> Path:
    """Path of the file of a recorder."""
    label = block.get("label", gid - block.first) or block.name
    digits = len(str(kernel.size))
    name = f"{kernel.settings['data_prefix']}{label}-{gid:0{digits}d}-0.dat"
    return Path(kernel.settings["data_path"] or ".") / name


def write_text_files(kernel: Kernel) -> None:
    """Write what all recorders with ``record_to="ascii"`` have recorded so far.

    Raises
    ------
    FileError
        If a file of another run is there, and ``overwrite_files`` is False.
    """
    for block in kernel.blocks:
        if block.kind != RECORDER or not block.knows("record_to"):
            continue
        for gid in range(block.first, block.first + block.n):
            if block.get("record_to", gid - block.first) == "ascii":
                _write(kernel, block, gid)


def _write(kernel: Kernel, block: Block, gid: int) -> None:
    path = file_of(kernel, block, gid)
    if kernel.begun == 0 and path.exists() and not kernel.settings["overwrite_files"]:
        raise FileError(
            str(path),
            "the file exists",
            "files are replaced if nest.overwrite_files is True",
            "set it, or another data_path or data_prefix",
            path=str(path),
        )
    events: dict[str, Any] = kernel.recorder(gid, "events")
    in_steps = "offsets" in events
    head = ["sender", "time_step" if in_steps else "time_ms"]
    head += ["time_offset"] if in_steps else []
    names = [name for name in events if name not in {"senders", "times", "offsets"}]
    lines = ["# distsnn, as NEST writes it", "# RecordingBackendASCII version: 2"]
    lines.append("\t".join([*head, *names]))
    digits = int(block.get("precision", gid - block.first))
    columns = [events[name] for name in ("senders", "times", *["offsets"] * in_steps, *names)]
    kinds = ["%d" if column.dtype.kind in "iu" else f"%.{digits}f" for column in columns]
    row = "\t".join(kinds)
    lines += [row % values for values in zip(*(c.tolist() for c in columns), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
