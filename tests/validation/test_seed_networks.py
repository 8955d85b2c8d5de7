"""The example scripts give the same under Brian 2 and under distsnn.

Each script runs twice, each time in a process of its own, with no difference but the line that
imports the simulator. Spikes, edges and delays are compared exactly (times in steps), traces and
weights to 1e-12 relative. Random connections differ between the two; there, that the pairs are
allowed and their number is within five standard deviations is compared.

Further, for each script: the STDP window is the sum of exponentials that theory says, traces
that are integrated in every step and those brought up to date at events give the same weights,
and every script gives the same bits on any number of ranks.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import distsnn
from distsnn.exchange import World
from tests.invariance.test_ranks import check
from tests.validation.seed_script import execute

SCRIPTS = Path(distsnn.__file__).parent / "examples" / "scripts"
BOTH = sorted(
    path.stem for path in SCRIPTS.glob("synapses_*.py") if path.stem != "synapses_exponential"
)
RANDOM = {"sparse": 0.2, "rare": 0.1, "even": 0.5}
DRAWN = {f"{name} {end}" for name in RANDOM for end in "ij"}

needs_brian = pytest.mark.skipif(
    importlib.util.find_spec("brian2") is None, reason="Brian 2 is not installed"
)


def found_by(simulator: str, script: Path, folder: Path) -> dict[str, np.ndarray]:
    """Run a script in a process of its own."""
    out = folder / f"{script.stem}-{simulator}.npz"
    command = [sys.executable, str(Path(__file__).with_name("seed_script.py"))]
    environment = os.environ | {"DISTSNN_WORLD": "serial", "MPLBACKEND": "Agg"}
    subprocess.run([*command, str(script), simulator, str(out)], check=True, env=environment)
    with np.load(out) as saved:
        return dict(saved)


def compare(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    assert len(one) > 0
    for name in one.keys() - DRAWN - {f"{n} delay" for n in RANDOM}:
        assert one[name].shape == other[name].shape, name
        if name.split()[1] in {"i", "j", "step", "delay"}:
            assert np.array_equal(one[name], other[name]), name
        else:
            scale = np.abs(one[name]).max(initial=0.0)
            np.testing.assert_allclose(
                one[name], other[name], rtol=1e-12, atol=1e-14 * scale, err_msg=name
            )


@needs_brian
@pytest.mark.parametrize("name", BOTH)
def test_script(name: str, tmp_path: Path) -> None:
    script = SCRIPTS / f"{name}.py"
    brian, ours = (found_by(s, script, tmp_path) for s in ("brian2", "distsnn"))
    compare(brian, ours)
    for one in (brian, ours):
        for drawn, p in RANDOM.items() if name == "synapses_connectivity" else ():
            i, j = one[f"{drawn} i"], one[f"{drawn} j"]
            assert (i != j).all()
            assert len(set(zip(i.tolist(), j.tolist(), strict=True))) == i.size
            assert abs(i.size - 90 * p) < 5 * np.sqrt(90 * p * (1 - p))


@needs_brian
def test_events_against_steps(tmp_path: Path) -> None:
    """The scripts of the plastic pair with the other kind of traces."""
    for name, old, new in (
        ("synapses_stdp", "(clock-driven)", "(event-driven)"),
        ("synapses_stdp_events", "(event-driven)", "(clock-driven)"),
        ("synapses_stdp_window", "(event-driven)", "(clock-driven)"),
    ):
        text = (SCRIPTS / f"{name}.py").read_text(encoding="utf8")
        if old == "(clock-driven)":
            text = (
                text.replace('["w", "apre", "apost"]', '["w"]')
                .replace("traces.plot(course.t / ms, course.a", "# (course.t / ms, course.a")
                .replace("traces.legend()", "")
            )
        other = tmp_path / f"{name}_other.py"
        other.write_text(text.replace(old, new), encoding="utf8")
        brian, ours = (found_by(s, other, tmp_path) for s in ("brian2", "distsnn"))
        given = found_by("distsnn", SCRIPTS / f"{name}.py", tmp_path)
        weights = [key for key in ours if key.endswith(" w")]
        assert weights
        for key in weights:
            np.testing.assert_allclose(ours[key], brian[key], rtol=1e-12, atol=1e-16)
            np.testing.assert_allclose(ours[key], given[key], rtol=1e-11, atol=1e-15)


def test_window() -> None:
    """A exp(-|dt|/tau) of the right sign for each of the 100 pairs; nothing cancels at 0."""
    found = execute(SCRIPTS / "synapses_stdp_window.py", "distsnn")
    for name in ("before", "after"):
        assert sorted(found[f"{name} i"].tolist()) == list(range(100))
    step = {
        name: found[f"{name} step"][np.argsort(found[f"{name} i"])] for name in ("before", "after")
    }
    late = (step["after"] - step["before"]) * 0.1
    assert late.min() < -49
    assert late.max() > 49
    expected = np.where(late >= 0, 0.01 * np.exp(-late / 20), -0.0105 * np.exp(late / 20))
    np.testing.assert_allclose(found["plastic w"], expected, rtol=1e-11)


def test_numbers_of_the_notes() -> None:
    """Spike times that were found with Brian 2 and with BrainPy."""
    found = execute(SCRIPTS / "synapses_simplest.py", "distsnn")
    step, i = found["spikes step"], found["spikes i"]
    assert step[i == 0][:2].tolist() == [69, 139]
    assert step[i == 1].tolist() == [420, 840]
    found = execute(SCRIPTS / "synapses_stdp.py", "distsnn")
    assert found["spikes step"].tolist() == [101, 201]
    found = execute(SCRIPTS / "synapses_exponential.py", "distsnn")
    assert found["spikes step"].tolist() == [160, 340, 520, 700, 880, 1060, 1240, 1420]
    assert found["target I_syn"].max() == pytest.approx(5.58908516639875, rel=1e-14)


@pytest.mark.parametrize("name", [*BOTH, "synapses_exponential"])
def test_ranks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt

    # Ranks are threads here, and pictures are not for threads.
    monkeypatch.setattr(plt, "subplots", lambda rows=1, cols=1, **_: (None, _NoAxes(rows, cols)))
    monkeypatch.setattr("distsnn.plot.connectivity", lambda *_, **__: None)

    def job(world: World) -> dict[str, np.ndarray]:
        return execute(SCRIPTS / f"{name}.py", "distsnn")

    check(job)


class _NoAxes:
    """Takes all calls of axes and draws nothing."""

    def __init__(self, rows: int = 1, cols: int = 1) -> None:
        self.rows, self.cols = rows, cols

    def __iter__(self):
        return iter([_NoAxes(self.cols) for _ in range(self.rows if self.rows > 1 else 2)])

    def __getattr__(self, name: str):
        return lambda *_, **__: None
