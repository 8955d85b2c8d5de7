"""Reading a circuit of 50,000 cells and 20 million edges on 2 ranks, beside what the disk gives.

    python benchmarks/sonata_reading.py [--cells 50000] [--edges 20000000] [--ranks 2] [--folder .]

It writes the circuit (about 650 MB) into a temporary folder, with edges sorted by target and the
index that BMTK writes, then says for each rank: seconds and MB/s of reading and of building, the
memory before, at the most, and after, and beside it what one process reads of the file in one go.
Each is measured twice: with the file in memory, and with nothing of it there: from the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

import distsnn as snn
from distsnn.exchange import current_world

_RUN, _COLD = "DISTSNN_SONATA_READING", "DISTSNN_SONATA_FROM_DISK"


def write(folder: Path, cells: int, edges: int) -> Path:
    """Write the circuit; the path of its configuration."""
    rng = np.random.default_rng(1)
    with h5py.File(folder / "nodes.h5", "w") as file:
        file["nodes/cells/node_type_id"] = np.full(cells, 1, dtype=np.uint64)
    (folder / "nodes.csv").write_text(
        "node_type_id model_type model_template\n1 point_neuron nest:iaf_psc_exp\n"
    )
    (folder / "edges.csv").write_text("edge_type_id delay nsyns\n1 1.5 1\n2 2.5 1\n")
    per_cell = edges // cells
    with h5py.File(folder / "edges.h5", "w") as file:
        group = file.create_group("edges/cells_to_cells")
        target = np.repeat(np.arange(cells, dtype=np.uint64), per_cell)
        group["target_node_id"] = target
        group["source_node_id"] = rng.integers(0, cells, target.size).astype(np.uint64)
        for end in ("source", "target"):
            group[f"{end}_node_id"].attrs["node_population"] = "cells"
        group["edge_type_id"] = rng.integers(1, 3, target.size).astype(np.uint32)
        weight = rng.random(target.size, dtype=np.float32) * 20
        group["0/syn_weight"] = np.where(rng.random(target.size) < 0.8, weight, -5 * weight)
        ranges = np.arange(cells + 1, dtype=np.uint64) * per_cell
        index = group.create_group("indices/target_to_source")
        index["range_to_edge_id"] = np.stack([ranges[:-1], ranges[1:]], axis=1)
        at = np.arange(cells, dtype=np.uint64)
        index["node_id_to_range"] = np.stack([at, at + 1], axis=1)
    config = {
        "run": {"dt": 0.1, "tstop": 10.0},
        "networks": {
            "nodes": [{"nodes_file": "nodes.h5", "node_types_file": "nodes.csv"}],
            "edges": [{"edges_file": "edges.h5", "edge_types_file": "edges.csv"}],
        },
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def forget(path: Path) -> None:
    """Let the system keep nothing of a file in memory."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def plainly(path: Path) -> float:
    """Seconds in which one process reads a file."""
    begin = time.perf_counter()
    with path.open("rb", buffering=0) as opened:
        while opened.read(1 << 24):
            pass
    return time.perf_counter() - begin


def resident() -> float:
    """Memory of this process now, MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def rank(path: Path) -> None:
    """What one rank does and says."""
    world, size = current_world(), (path.parent / "edges.h5").stat().st_size / 1e6
    small = snn.Network(snn.NeuronGroup(2, snn.LIF()))
    small.run(0.0)
    before = resident()
    if world.rank == 0 and _COLD in os.environ:
        forget(path.parent / "edges.h5")
    world.barrier()
    begin = time.perf_counter()
    net = snn.Network.from_sonata(path)
    surveyed = time.perf_counter() - begin
    if world.rank == 0 and _COLD in os.environ:
        forget(path.parent / "edges.h5")
    world.barrier()
    begin = time.perf_counter()
    summary = net.run(0.0)
    built = time.perf_counter() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    text = f"rank {world.rank}: look at all edges {surveyed:.2f} s ({size / surveyed:,.0f} MB/s), "
    text += f"read and build {built:.2f} s ({size / built:,.0f} MB/s), memory {before:,.0f} MB "
    text += f"before, {most:,.0f} MB at the most, {resident():,.0f} MB after"
    lines = world.gather_object(text)
    if lines is not None:
        print(*lines, sep="\n")
        print(str(summary).splitlines()[0])


def main() -> None:
    """Write the circuit, read it plainly, and start the ranks."""
    if _RUN in os.environ:
        rank(Path(os.environ[_RUN]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=50_000)
    parser.add_argument("--edges", type=int, default=20_000_000)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--folder", help="where the circuit is written for the time being")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = write(Path(folder), given.cells, given.edges)
        file = Path(folder) / "edges.h5"
        size = file.stat().st_size / 1e6
        launcher = Path(sys.executable).with_name("mpirun")
        command = [str(launcher), "-n", str(given.ranks), sys.executable, __file__]
        for cold in (False, True):
            if cold:
                forget(file)
            seconds = plainly(file)
            print(f"from {'the disk' if cold else 'memory'}: one process reads {size:,.0f} MB in "
                  f"{seconds:.2f} s, {size / seconds:,.0f} MB/s", flush=True)  # fmt: skip
            of_ranks = {_RUN: str(path)} | ({_COLD: "1"} if cold else {})
            subprocess.run(command, env=os.environ | of_ranks, check=True)


if __name__ == "__main__":
    main()
