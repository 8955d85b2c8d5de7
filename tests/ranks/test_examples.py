"""Every example writes the same spike file, byte for byte, on any number of ranks."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from distsnn.examples import catalog
from distsnn.exchange import launch
from distsnn.record.spike_reader import SpikeFile

SMALL = {
    "microcircuit": [["scale=0.01"], ["scale=0.01", "background='dc'", "k_scale=0.2"]],
    "brunel": [["scale=0.02", "synapse='delta'"], ["scale=0.02", "synapse='exponential'"]],
    "plastic": [["scale=0.05", "inputs=0.01"]],
    "cuba": [["scale=0.1"]],
    "coba": [["scale=0.1"]],
}
CASES = [(name, options) for name, each in SMALL.items() for options in each]


def test_all_examples_are_listed_here() -> None:
    assert set(SMALL) == set(catalog())


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "options"), CASES, ids=[f"{n}-{o[-1]}" for n, o in CASES])
def test_same_file_on_any_number_of_ranks(name: str, options: list[str], tmp_path: Path) -> None:
    digests = {}
    for ranks in (1, 2, 3, 4, 7):
        file = tmp_path / f"on{ranks}.h5"
        command = [sys.executable, "-m", "distsnn.cli", "run", name, "--time", "120"]
        command += ["--record", str(file), "--quiet"]
        for option in options:
            command += ["--set", option]
        done = launch(
            command, ranks, timeout=120, capture=True, environment={"DISTSNN_WORLD": "auto"}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        digests[ranks] = hashlib.sha256(file.read_bytes()).hexdigest()
        spikes = SpikeFile(file)
        assert sum(spikes.count(group) for group in spikes.groups) > 20
    assert len(set(digests.values())) == 1, digests
