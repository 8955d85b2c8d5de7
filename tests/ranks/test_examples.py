"""Every example writes the same spike file, byte for byte, on any number of ranks."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from distsnn.examples import catalog
from distsnn.exchange import launch
from distsnn.record.spikes.spike_reader import SpikeFile

SMALL = {
    "microcircuit": [["scale=0.01"], ["scale=0.01", "background='dc'", "k_scale=0.2"]],
    "brunel": [["scale=0.02", "synapse='delta'"], ["scale=0.02", "synapse='exponential'"]],
    "plastic": [["scale=0.05", "inputs=0.01"]],
    "cuba": [["scale=0.1"]],
    "coba": [["scale=0.1"]],
}
CASES = {f"{name}-{o[-1]}": (name, o) for name, each in SMALL.items() for o in each}
# The command for one example after the other: most of the time of each would be the imports.
JOB = """
import json, sys
from distsnn.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        if end.code:
            raise
"""


def test_all_examples_are_listed_here() -> None:
    assert set(SMALL) == set(catalog())


@pytest.mark.timeout(1800)
def test_same_file_on_any_number_of_ranks(tmp_path: Path) -> None:
    digests: dict[str, dict[int, str]] = {case: {} for case in CASES}
    for ranks in (1, 3, 7):
        commands = []
        for n, (name, options) in enumerate(CASES.values()):
            commands.append(["run", name, "--time", "120", "--quiet"])
            commands[-1] += ["--record", str(tmp_path / f"{n} on {ranks}.h5")]
            for option in options:
                commands[-1] += ["--set", option]
        done = launch(
            [sys.executable, "-c", JOB, json.dumps(commands)],
            ranks,
            timeout=600,
            capture=True,
            environment={"DISTSNN_WORLD": "auto"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for n, case in enumerate(CASES):
            file = tmp_path / f"{n} on {ranks}.h5"
            digests[case][ranks] = hashlib.sha256(file.read_bytes()).hexdigest()
            spikes = SpikeFile(file)
            assert sum(spikes.count(group) for group in spikes.groups) > 20, case
    for case, found in digests.items():
        assert len(set(found.values())) == 1, (case, found)
