"""PyNN's own scenarios and unit tests run as they stand, the scenarios on several ranks too.

DISTSNN_PYNN names the folder of PyNN's source distribution, which has them:
``pip download --no-deps --no-binary :all: pynn``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.exchange import launch

FOLDER = os.environ.get("DISTSNN_PYNN", "")
ROOT = Path(__file__).parents[2]
# Spikes off the grid of time steps; cells with compartments.
NOT_SUPPORTED = ["test_issue259", "test_scenario5", "test_mc"]
# Unit tests that are not about a simulator: the mock one makes up two spikes for each cell, and
# pretends to have ranks, each with some of the cells.
OF_THE_MOCK = [
    "test_mean_spike_count",
    "test_get_spike_counts",
    "test_get_spikes_with_gather",
    "test_get_data_with_gather",
    "no_gather",
    "parallel",
]
# They have delays below the shortest one that they have told setup().
SHORT_DELAYS = [
    "test_with_plastic_synapse",
    "test_connect_with_standard_text_file_not_distributed",
]
LEAST_UNITS = 400

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_PYNN is not set"),
]


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_scenarios(n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = Path(FOLDER).resolve() / "test" / "system" / "scenarios"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISTSNN_WORLD", raising=False)
    command = [
        sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider",
        "-p", "tests.conformance.pynn_plugin", "--import-mode=importlib", str(scenarios),
        "-k", " and ".join(f"not {name}" for name in NOT_SUPPORTED),
    ]  # fmt: skip
    done = launch(
        command, n_ranks, timeout=1200, capture=True, environment={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    left_out = " or ".join(OF_THE_MOCK + SHORT_DELAYS)
    command = [
        sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider",
        "-p", "tests.conformance.pynn_units_plugin", "--import-mode=importlib",
        str(Path(FOLDER).resolve() / "test" / "unittests"), "-k", f"not ({left_out})",
    ]  # fmt: skip
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout
    assert passed is not None
    assert int(passed[1]) >= LEAST_UNITS
