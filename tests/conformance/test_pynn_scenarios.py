"""PyNN's own scenarios, on several ranks too, unit tests and examples run as they stand.

DISTSNN_PYNN names the folder of PyNN's source distribution, which has them:
``pip download --no-deps --no-binary :all: pynn``.
"""

from __future__ import annotations

import os
import re
import shutil
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


# They need nineml, NEURON or csa.
OF_OTHERS = {"nineml_brunel", "nineml_neuron", "nrn_artificial_cell", "simpleRandomNetwork_csa"}
FURTHER_ARGUMENTS = {"VAbenchmarks": ["CUBA"]}
# As Python begins where distsnn is installed.
RUN = """
import distsnn_pynn_name, runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize(
    "script",
    sorted(
        path for path in Path(FOLDER or "none").glob("examples/*.py") if path.stem not in OF_OTHERS
    ),
    ids=lambda path: path.stem,
)
def test_examples(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(script.parent, folder)
    # Where some of them put their pictures without making it.
    (folder / "Results").mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-c", RUN, script.name, "distsnn"]
    done = subprocess.run(
        command + FURTHER_ARGUMENTS.get(script.stem, []), cwd=folder, capture_output=True,
        text=True, timeout=580, check=False,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'startup'}", "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
