"""Several runs of a model by one command, in one process; on ranks see tests/ranks."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from distsnn import EdgeFile, cli
from distsnn.record.spikes.spike_reader import SpikeFile

MODEL = '''"""Cells with noise."""
import distsnn as snn

DURATION = 30.0


def network(n=12, current=300.0, kind="good"):
    if kind == "bad":
        raise ValueError("a bad kind")
    cells = snn.NeuronGroup(n, snn.LIF(I_e=current), name="cells")
    exc = snn.Exponential(5.0)
    noise = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=25.0)
    made = snn.Synapses(cells, cells, exc, weight=snn.Normal(20.0, 4.0))
    made.connect(p=0.3)
    return snn.Network(cells, noise, made)
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a model; hooks are put back afterwards."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    return tmp_path


@pytest.fixture
def distsnn(capsys: pytest.CaptureFixture[str]):
    def command(*arguments: str, status: int = 0) -> tuple[str, str]:
        """Run the command in this process; return what it printed and its errors."""
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        printed = capsys.readouterr()
        assert ended.value.code == status, printed.err
        return printed.out, printed.err

    return command


def test_each_run_is_what_it_is_alone(distsnn) -> None:
    # The model has no parameter `seed`: it is the network's.
    said, _ = distsnn(
        "run", "model.py", "--set", "seed=1..2", "--set", "current=300,320.5",
        "--record", "s.h5", "--weights", "w.h5",
    )  # fmt: skip
    last = said.splitlines()[-5:]
    assert last[-1] == "4 runs, 0 failed"
    assert [line.split()[0] for line in last[:-1]] == [
        "seed=1-current=300",
        "seed=1-current=320.5",
        "seed=2-current=300",
        "seed=2-current=320.5",
    ]
    distsnn("run", "model.py", "--set", "current=320.5", "--seed", "2", "--record", "alone.h5")
    together = Path("s-seed=2-current=320.5.h5")
    assert together.read_bytes() == Path("alone.h5").read_bytes()
    assert SpikeFile(together).count("cells") > 0
    assert EdgeFile("w-seed=1-current=300.h5").populations


def test_a_run_that_fails_leaves_the_others(distsnn) -> None:
    said, errors = distsnn(
        "run", "model.py", "--set", "kind=good,bad,fine", "--record", "s.h5", status=1
    )
    assert "distsnn: kind=bad: model.py, line 9: ValueError: a bad kind." in errors
    assert said.splitlines()[-1] == "3 runs, 1 failed"
    assert "failed: model.py, line 9" in said.splitlines()[-3]
    assert Path("s-kind=good.h5").read_bytes() == Path("s-kind=fine.h5").read_bytes()
    # What is there already is an error of its run alone.
    several = ("run", "model.py", "--record", "t.h5", "--set")
    distsnn(*several, "n=12,13")
    _, errors = distsnn(*several, "n=12,14", status=1)
    assert "distsnn: n=12: t-n=12.h5: the file exists" in errors
    assert Path("t-n=14.h5").exists()


def test_a_checkpoint_of_one_run_goes_on(distsnn) -> None:
    distsnn("run", "model.py", "--set", "seed=1,2", "--time", "20", "--checkpoint", "c.h5",
            "--record", "s.h5", "--quiet")  # fmt: skip
    distsnn("resume", "c-seed=2.h5", "--time", "30", "--quiet")
    distsnn("run", "model.py", "--seed", "2", "--record", "alone.h5", "--quiet")
    assert Path("s-seed=2.h5").read_bytes() == Path("alone.h5").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--ranks-per-run", "2"], "there is one run; say --set NAME=FIRST..LAST for several"),
        (["--ranks-per-run", "2", "--set", "n=1,2"], "2 ranks for each run do not divide the job"),
    ],
)
def test_wrong_usage(distsnn, arguments: list[str], expected: str) -> None:
    _, errors = distsnn("run", "model.py", *arguments, status=2)
    assert expected in " ".join(errors.replace("│", " ").split())
