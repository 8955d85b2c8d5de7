"""A file format written outside of the package, all in this file: counts of spikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from distsnn.exchange import World, raising_together
from distsnn.record.files.file_layout import opened, partial_path
from distsnn.record.files.hdf5 import group_in
from distsnn.record.files.header import GROUP, RecordingHeader, read_header, write_header
from distsnn.record.files.partial_file import put_under_name, refuse_existing, reserve_partial
from distsnn.record.files.seal import seal
from distsnn.record.files.shared_file import (
    create_rows,
    on_first,
    open_shared,
    write_rows,
    writing_collectively,
)
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.record.metadata import FileFormat

ROOT = "counts"


def write_counts(
    world: World, path: Path, header: RecordingHeader, counts: dict[str, np.ndarray]
) -> None:
    """Write the counts (int64 (n,)) of each rank's neurons, by group. Collective."""
    ranks = writing_ranks(world)
    if ranks is not world:
        # One rank writes for all.
        parts = world.gather_object(counts)
        if parts is not None:
            counts = {name: np.concatenate([part[name] for part in parts]) for name in counts}
    with raising_together(world, "recording"):
        if ranks is not None:
            _write(ranks, path, header, counts)


def _write(
    ranks: World, path: Path, header: RecordingHeader, counts: dict[str, np.ndarray]
) -> None:
    on_first(ranks, path, lambda: refuse_existing(path, ROOT))
    on_first(ranks, path, lambda: reserve_partial(path))
    file = open_shared(ranks, path, partial_path(path), new=True)
    with writing_collectively(ranks, path):
        for name, local in counts.items():
            offset, total = ranks.offset(local.size)
            made = create_rows(group_in(file, ROOT), name, np.int64, None, Storage(ranks))
            made.resize(total, axis=0)
            write_rows(ranks, made, offset, local)
        write_header(file, header)
        seal(file, GROUP)
        file.close()
    on_first(ranks, path, lambda: put_under_name(partial_path(path), path))


class CountFile:
    """Reads the file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with opened(self.path) as file:
            self.header = read_header(file, str(path))
            self.counts = {name: values[:] for name, values in file[ROOT].items()}


def table(file: CountFile) -> str:
    """Lines of ``distsnn info``."""
    return "\n".join(f"{name}  {counts.sum()} spikes" for name, counts in file.counts.items())


FORMAT = FileFormat("spike counts", ROOT, CountFile, table)
