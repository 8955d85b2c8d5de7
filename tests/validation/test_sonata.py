"""Circuits of SONATA's and BMTK's repositories beside BMTK on NEST, step for step.

`tests/data/sonata` has the circuits, their licence, and the spikes that BMTK 1.2.0 with NEST
3.10.0 gives for them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback

DATA = Path(__file__).parents[1] / "data" / "sonata"
# Configuration, reference, population, ms of the short form.
CIRCUITS = {
    "300_pointneurons": ("config.json", "sonata_300_pointneurons", "internal", 60.0),
    "point_120cells": ("config.simulation.json", "bmtk_point_120cells", "cortex", 60.0),
}


def reference(name: str, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Step (as NEST labels it) and node of the spikes up to a time (ms)."""
    with np.load(DATA / "reference" / f"{CIRCUITS[name][1]}.npz") as found:
        chosen = found["step"] <= round(end / float(found["dt_ms"]))
        step, node = found["step"][chosen].astype(int), found["node_id"][chosen].astype(int)
    order = np.lexsort((node, step))
    return step[order], node[order]


def run(name: str, cuts: tuple[float, ...], counts: tuple[int, ...], folder: Path) -> Path:
    """The recording of a run that is saved at each of the cuts and goes on on other ranks."""
    record = folder / f"{'-'.join(map(str, counts))}.h5"
    for k, ((start, stop), count) in enumerate(zip(pairwise(cuts), counts, strict=True)):

        def job(_: object, k: int = k, time: float = stop - start) -> None:
            config = DATA / name / CIRCUITS[name][0]
            net = snn.Network.from_sonata(config, {"OUTPUT_DIR": str(folder / "output")})
            if k:
                net.load(folder / f"{k - 1}.state")
            net.run(time, record=record)
            net.save(folder / f"{k}.state", overwrite=True)

        run_loopback(count, job)
    return record


def check(name: str, record: Path, end: float) -> None:
    population = CIRCUITS[name][2]
    file = snn.SpikeFile(record)
    assert list(file.groups) == [population]
    times, nodes = file.spikes(population)
    step, node = reference(name, end)
    dt = {"300_pointneurons": 0.01, "point_120cells": 0.001}[name]
    np.testing.assert_array_equal(np.rint(times / dt).astype(int) + 1, step)
    np.testing.assert_array_equal(nodes, node)


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_spike_is_that_of_bmtk_on_any_number_of_ranks(name: str, tmp_path: Path) -> None:
    end = CIRCUITS[name][3]
    assert reference(name, end)[0].size > 30
    for counts, cuts in (
        ((1,), (0.0, end)),
        ((3, 4, 2), (0.0, 17.3, 31.0, end)),
        ((7, 1), (0.0, 24.9, end)),
    ):
        folder = tmp_path / "-".join(map(str, counts))
        folder.mkdir()
        record = run(name, cuts, counts, folder)
        check(name, record, end)


@pytest.mark.long
@pytest.mark.parametrize("name", CIRCUITS)
def test_every_spike_of_the_whole_time(name: str, tmp_path: Path) -> None:
    end = {"300_pointneurons": 1500.0, "point_120cells": 3000.0}[name]
    assert reference(name, end)[0].size > 1000
    for counts, cuts in (((1,), (0.0, end)), ((2, 3), (0.0, end / 3, end))):
        folder = tmp_path / "-".join(map(str, counts))
        folder.mkdir()
        check(name, run(name, cuts, counts, folder), end)
