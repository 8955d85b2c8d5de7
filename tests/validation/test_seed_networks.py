"""The example scripts give the same under Brian 2 and under distsnn.

Each script runs under both, with no difference but the line that imports the simulator; one process
of each runs all of them, one after the other. Spikes, edges and delays are compared exactly (times
in steps), traces and weights to 1e-12 relative. Random connections differ between the two; there,
that the pairs are allowed and their number is within five standard deviations is compared.

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
# Scripts of the plastic pair, with what their traces say and what the other kind says.
OTHER_TRACES = [
    ("synapses_stdp", "(clock-driven)", "(event-driven)"),
    ("synapses_stdp_events", "(event-driven)", "(clock-driven)"),
    ("synapses_stdp_window", "(event-driven)", "(clock-driven)"),
]

needs_brian = pytest.mark.skipif(
    importlib.util.find_spec("brian2") is None, reason="Brian 2 is not installed"
)


Found = dict[str, dict[str, np.ndarray]]


def found_by(simulator: str, folder: Path) -> Found:
    """What each script finds, and each of `OTHER_TRACES` with the other kind of traces."""
    scripts = sorted(SCRIPTS.glob("synapses_*.py"))
    for name, old, new in OTHER_TRACES:
        text = (SCRIPTS / f"{name}.py").read_text(encoding="utf8")
        if old == "(clock-driven)":
            text = (
                text.replace('["w", "apre", "apost"]', '["w"]')
                .replace("traces.plot(course.t / ms, course.a", "# (course.t / ms, course.a")
                .replace("traces.legend()", "")
            )
        scripts.append(folder / f"{name}_other.py")
        scripts[-1].write_text(text.replace(old, new), encoding="utf8")
    if simulator == "brian2":
        scripts = [one for one in scripts if one.stem.removesuffix("_other") in BOTH]
    command = [sys.executable, str(Path(__file__).with_name("seed_script.py")), simulator]
    environment = os.environ | {"DISTSNN_WORLD": "serial", "MPLBACKEND": "Agg"}
    subprocess.run([*command, str(folder), *map(str, scripts)], check=True, env=environment)
    found = {}
    for script in scripts:
        with np.load(folder / f"{script.stem}-{simulator}.npz") as saved:
            found[script.stem] = dict(saved)
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return found_by("distsnn", tmp_path_factory.mktemp("distsnn"))


@pytest.fixture(scope="module")
def brian(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return found_by("brian2", tmp_path_factory.mktemp("brian2"))


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
def test_script(name: str, brian: Found, ours: Found) -> None:
    compare(brian[name], ours[name])
    for one in (brian[name], ours[name]):
        for drawn, p in RANDOM.items() if name == "synapses_connectivity" else ():
            i, j = one[f"{drawn} i"], one[f"{drawn} j"]
            assert (i != j).all()
            assert len(set(zip(i.tolist(), j.tolist(), strict=True))) == i.size
            assert abs(i.size - 90 * p) < 5 * np.sqrt(90 * p * (1 - p))


@needs_brian
@pytest.mark.parametrize("name", [name for name, _, _ in OTHER_TRACES])
def test_events_against_steps(name: str, brian: Found, ours: Found) -> None:
    other = ours[f"{name}_other"]
    weights = [key for key in other if key.endswith(" w")]
    assert weights
    for key in weights:
        np.testing.assert_allclose(other[key], brian[f"{name}_other"][key], rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(other[key], ours[name][key], rtol=1e-11, atol=1e-15)


def test_window(ours: Found) -> None:
    """A exp(-|dt|/tau) of the right sign for each of the 100 pairs; nothing cancels at 0."""
    found = ours["synapses_stdp_window"]
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


def test_numbers_of_the_notes(ours: Found) -> None:
    """Spike times that were found with Brian 2 and with BrainPy."""
    found = ours["synapses_simplest"]
    step, i = found["spikes step"], found["spikes i"]
    assert step[i == 0][:2].tolist() == [69, 139]
    assert step[i == 1].tolist() == [420, 840]
    assert ours["synapses_stdp"]["spikes step"].tolist() == [101, 201]
    found = ours["synapses_exponential"]
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
