"""The benchmarks run, and tell apart simulators that did not do the same work."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module benchmarks/run.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("benchmarks_run", BENCHMARKS / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_a_case_gives_a_row_and_a_file(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [
            *(sys.executable, str(BENCHMARKS / "run.py"), "cuba-4000-equations"),
            *("--cores", "1", "--repeat", "1", "--json", str(out)),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=500,
    )
    figures = json.loads(out.read_text())
    (entry,) = figures["runs"]
    (first,) = entry["runs"]
    # 4,000 neurons, p = 0.02: 320,000 synapses with a standard deviation of 560.
    assert abs(first["synapses"] - 320_000) < 3000
    assert 5 < first["spikes"] / 4000 < 50
    assert entry["valid"]
    assert "| cuba-4000-equations | distsnn | 1 ranks | 4,000 |" in done.stdout


def test_other_work_is_marked(run: ModuleType) -> None:
    found = {
        ("distsnn", 1): [{"seconds": 2.0, "spikes": 100}],
        ("distsnn", 2): [{"seconds": 1.0, "spikes": 100}],
        ("nest", 1): [{"seconds": 30.0, "spikes": 109}],
        ("brian", 1): [{"seconds": 3.0, "spikes": 111}],
    }
    assert str(run.compare(found, "distsnn")) == "1.00"
    assert str(run.compare(found, "nest")) == "30.00"
    assert str(run.compare(found, "brian")) == "3.00 INVALID: rates differ by +11% (one seed)"


def test_error_of_rates(run: ModuleType) -> None:
    """Numbers of cores are the same work of distsnn, so only seeds tell how rates vary."""

    def runs(*spikes: int) -> list[dict[str, float]]:
        return [{"seconds": 1.0, "spikes": n} for n in spikes]

    found = {
        ("distsnn", 1): runs(90, 110),
        ("distsnn", 2): runs(90, 110),
        ("nest", 2): runs(130, 130),
    }
    compared = run.compare(found, "nest")
    # Standard deviation of 90 and 110: 14.1; of their mean: 10.
    assert compared.error == pytest.approx(1.3 * 0.1)
    assert str(compared) == "1.00 INVALID: rates differ by +30% (standard error 13%)"


def test_each_case_names_simulators_that_exist(run: ModuleType) -> None:
    for case in run.CASES.values():
        assert set(case.peers) <= set(run.SIMULATORS)
        assert (BENCHMARKS / "networks" / case.network).is_file() or not case.network.endswith(
            ".py"
        )


@pytest.mark.parametrize("case", ["spikes", "traces"])
def test_recording_is_measured(case: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, str(BENCHMARKS / "recording.py"), case),
            *("--ranks", "1", "--repeat", "1", "--scale", "0.01"),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.stdout.startswith(f"{case}, 1 ranks, one writer: ")
    assert ("spikes)" if case == "spikes" else "4 MB") in done.stdout


def test_curves_of_scaling(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    small = ("--neurons", "100", "--indegree", "50", "--seconds", "0.02", "--rate", "20")
    files = ("--json", str(tmp_path / "figures.json"), "-o", str(tmp_path / "curves.png"))
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "scaling.py"), "--ranks", "1", "40", *small, *files],
        check=True,
        capture_output=True,
        text=True,
        timeout=500,
    )
    one, many = json.loads((tmp_path / "figures.json").read_text())
    assert (one["neurons"], many["neurons"]) == (100, 4000)
    for figures in (one, many):
        trial = figures["trial"]
        assert (trial["neurons"], trial["synapses"]) == (100, 5000)
        assert trial["arrays"] == pytest.approx(figures["planned"], abs=20_000)
    assert many["received"] == 40 * 4 * 256
    assert "| 40 | 4,000 |" in done.stdout
    assert (tmp_path / "curves.png").stat().st_size > 10_000
