"""What recording costs, on all ranks of this job; rank 0 prints the figures as JSON.

Started by recording.py; by hand: ``mpirun -n 2 python
benchmarks/recording_job.py spikes FOLDER 1 3``.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import h5py
import numpy as np

import distsnn as snn
from distsnn.examples.model import load
from distsnn.exchange import current_world

SECOND = 1000.0


def spikes(folder: Path, scale: float, repeat: int) -> dict[str, Any]:
    """The microcircuit for a second with and without recording, in turn, after 0.5 s."""
    network = load("microcircuit").network(scale=scale)
    network.run(500.0)

    def run(path: Path | None) -> float:
        return timed(lambda: network.run(SECOND, record=path))

    with_file, without = [], []
    for k in range(repeat):
        without.append(run(None))
        with_file.append(run(folder / f"spikes{k}.h5"))
    file = snn.SpikeFile(folder / "spikes0.h5")
    return {
        **compared(without, with_file),
        "spikes": sum(map(file.count, file.groups)),
        "bytes": (folder / "spikes0.h5").stat().st_size,
    }


def traces(folder: Path, scale: float, repeat: int) -> dict[str, Any]:
    """Every V_m of 10,000 neurons each ms, for ten seconds times `scale`."""
    duration = 10 * SECOND * scale
    found: dict[str, list[float]] = {"without": [], "with": []}
    for k in range(repeat):
        for name, path in (("without", None), ("with", folder / f"v{k}.h5")):
            cells = snn.NeuronGroup(10_000, snn.LIF(I_e=400.0), name="cells")
            cells.V_m = snn.Uniform(-70.0, -55.0)
            monitors = (
                [] if path is None else [snn.StateMonitor(cells, "V_m", True, dt=1.0, to=path)]
            )
            network = snn.Network(cells, monitors)
            network.run(0.0)
            found[name].append(timed(lambda net=network: net.run(duration)))
    size = 4 * 10_000 * round(duration)
    return compared(found["without"], found["with"]) | {
        "bytes": size,
        "disk": disk_seconds(folder / "plain", size) if current_world().rank == 0 else None,
    }


def compared(without: list[float], with_file: list[float]) -> dict[str, float]:
    """Medians, and that of the differences between runs that followed each other."""
    added = [one - other for one, other in zip(with_file, without, strict=True)]
    return {
        "without": statistics.median(without),
        "with": statistics.median(with_file),
        "added": statistics.median(added),
    }


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes all ranks."""
    world = current_world()
    world.barrier()
    begin = perf_counter()
    act()
    world.barrier()
    return perf_counter() - begin


def disk_seconds(path: Path, size: int) -> float:
    """Seconds to write a plain file of a size, and to bring it to the disk."""
    piece = np.random.default_rng(1).bytes(1 << 24)
    begin = perf_counter()
    with open(path, "wb") as file:
        for first in range(0, size, len(piece)):
            file.write(piece[: size - first])
        file.flush()
        os.fsync(file.fileno())
    return perf_counter() - begin


if __name__ == "__main__":
    measure = {"spikes": spikes, "traces": traces}[sys.argv[1]]
    result = measure(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
    if current_world().rank == 0:
        print(json.dumps(result | {"parallel": bool(h5py.get_config().mpi)}))
