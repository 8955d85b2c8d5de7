"""Several runs of a model by one command, in one process; on ranks see tests/ranks."""

from __future__ import annotations

import csv
import sys
import threading
from pathlib import Path

import pytest

import distsnn as snn
from distsnn import EdgeFile, cli
from distsnn.record.comparison import compare_recordings
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


def measures(network, spikes):
    return {"mean count": spikes.count("cells") / spikes.groups["cells"]}
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
        "run", "model.py", "--set", "kind=good,bad,fine", "--record", "s.h5",
        "--table", "table.csv", "--table-window", "20..", status=1,
    )  # fmt: skip
    with Path("table.csv").open(encoding="utf8") as file:
        good, bad, fine = csv.DictReader(file)
    assert (good["kind"], good["state"], good["files"]) == ("good", "done", "s-kind=good.h5")
    assert bad["error"].startswith("model.py, line 9: ValueError")
    assert (bad["state"], bad["mean count"], bad["spikes cells"]) == ("failed", "", "")
    spikes = SpikeFile("s-kind=good.h5")
    assert spikes.count("cells") == 12 * float(fine["mean count"])
    late = spikes.statistics(20.0)[0]
    assert int(fine["spikes cells"]) == late.spikes < spikes.count("cells")
    assert float(fine["rate cells (Hz)"]) == late.mean_rate / snn.Hz
    assert (fine["n"], fine["current"], fine["seed"]) == ("12", "300.0", "0")
    assert "distsnn: kind=bad: model.py, line 9: ValueError: a bad kind." in errors
    assert said.splitlines()[-2] == "3 runs, 1 failed"
    assert said.splitlines()[-1] == "written: table.csv"
    assert "failed: model.py, line 9" in said.splitlines()[-4]
    found = compare_recordings("s-kind=good.h5", "s-kind=fine.h5")
    assert found.same
    assert found.run == {"parameter kind": ("'good'", "'fine'")}
    window = ("--table", "t.csv", "--table-window", "20..40", "--set", "n=12,13")
    _, errors = distsnn("run", "model.py", *window, status=1)
    assert "n=12: --table-window: it is from 20 to 40 ms; it lies within a run, which" in errors
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
        (["--table", "t.csv"], "there is one run; say --set NAME=FIRST..LAST for several"),
        (["--ranks-per-run", "2", "--set", "n=1,2"], "2 ranks for each run do not divide the job"),
        (["--table-window", "5..", "--set", "n=1,2"], "say --table FILE as well"),
        (["--table", "t.csv", "--table-window", "9..5", "--set", "n=1,2"], "'9..5' is not of the"),
        (["--table", "t.csv", "--table-window", "9", "--set", "n=1,2"], "'9' is not of the form"),
    ],
)
def test_wrong_usage(distsnn, arguments: list[str], expected: str) -> None:
    _, errors = distsnn("run", "model.py", *arguments, status=2)
    assert expected in " ".join(errors.replace("│", " ").split())
