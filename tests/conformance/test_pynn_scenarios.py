"""PyNN's own scenarios run as they stand, on one rank and on several.

DISTSNN_PYNN names the folder of PyNN's source distribution, which has them:
``pip download --no-deps --no-binary :all: pynn``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from distsnn.exchange import launch

FOLDER = os.environ.get("DISTSNN_PYNN", "")
ROOT = Path(__file__).parents[2]
# Spikes off the grid of time steps; cells with compartments.
NOT_SUPPORTED = ["test_issue259", "test_scenario5", "test_mc"]
# They delete the files that they have read, on every rank.
OF_ONE_RANK = ["test_mix_procedural_and_oo", "test_record_with_filename"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_PYNN is not set"),
]


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_scenarios(n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = Path(FOLDER).resolve() / "test" / "system" / "scenarios"
    left_out = NOT_SUPPORTED + (OF_ONE_RANK if n_ranks > 1 else [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISTSNN_WORLD", raising=False)
    command = [
        sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider",
        "-p", "tests.conformance.pynn_plugin", "--import-mode=importlib", str(scenarios),
        "-k", " and ".join(f"not {name}" for name in left_out),
    ]  # fmt: skip
    done = launch(
        command, n_ranks, timeout=1200, capture=True, environment={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
