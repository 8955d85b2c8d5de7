"""Paths that cannot be files are refused in one line, and what is no file is never replaced."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import cli
from distsnn.errors import FileError, ParameterError
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.metadata import read_recording

WRONG = (5, 2.5, True, b"x.h5", ["x.h5"], "", "\0", "a\0b.h5", ".", "..", "sub/", "/", "x" * 300,
         "y" * 300 + "/x.h5", "\ud800.h5")  # fmt: skip
MODEL = """
import distsnn as snn


def network():
    return snn.Network(snn.NeuronGroup(2, snn.LIF(I_e=400.0), name="cells"))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def network() -> snn.Network:
    return snn.Network(snn.NeuronGroup(2, snn.LIF(I_e=400.0), name="cells"))


def test_what_is_no_path_is_refused(folder: Path) -> None:
    made = network()
    made.run(1)
    uses = [
        lambda path: made.run(1, record=path),
        lambda path: made.run(1, checkpoint=path),
        made.save,
        made.load,
        made.write_weights,
        lambda path: snn.StateMonitor(made["cells"], "V_m", True, to=path),
        snn.RecordingFile,
        snn.SpikeFile,
        snn.EdgeFile,
        snn.ReportFile,
        CheckpointFile,
        read_recording,
    ]
    for path in WRONG:
        for use in uses:
            with pytest.raises(ParameterError, match="is the path of a file") as refused:
                use(path)
            assert "\n" not in str(refused.value)
    assert made.t == 1.0
    assert os.listdir(folder) == ["model.py"]


def test_what_is_no_file_is_neither_read_nor_replaced(folder: Path) -> None:
    """A pipe stands for ``/dev/null``, which only root can make and break."""
    os.mkfifo("pipe")
    made = network()
    made.run(1)
    monitored = network()
    monitored.add(snn.StateMonitor(monitored["cells"], "V_m", True, to="pipe", name="m"))
    for use in (
        lambda: made.run(1, record="pipe", overwrite=True),
        lambda: made.run(1, checkpoint="pipe", overwrite=True),
        lambda: made.save("pipe", overwrite=True),
        lambda: made.write_weights("pipe", overwrite=True),
        lambda: monitored.run(1, overwrite=True),
        lambda: made.load("pipe"),
        lambda: snn.SpikeFile("pipe"),
        lambda: snn.EdgeFile("pipe"),
        lambda: snn.ReportFile("pipe"),
        lambda: read_recording("pipe"),
    ):
        with pytest.raises(FileError, match="this is no ordinary file"):
            use()
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    with pytest.raises(FileError, match="this is a folder"):
        snn.SpikeFile(folder)


@pytest.mark.parametrize("seed", [2**63 - 1, 2**63, 2**70])
def test_a_large_seed_is_recorded(seed: int) -> None:
    made = network()
    made.seed = seed
    made.run(1, record="s.h5", checkpoint="c.h5")
    assert snn.SpikeFile("s.h5").header.seed == seed
    made.run(1, record="s.h5")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--record", ""), "--record="),
        (("--weights", "/"), "--weights="),
        (("--checkpoint", "x" * 300), "the name is too long"),
        (("--compression", "x"), "compression='x'"),
    ],
)
def test_the_command_says_one_line(
    arguments: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "model.py", "--time", "1", *arguments])
    text = capsys.readouterr().err
    assert ended.value.code == 1
    assert expected in text
    assert text.count("\n") == 1


def test_a_folder_is_no_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "models").mkdir()
    os.mkfifo("pipe.py")
    for name, what in (("models", "this is a folder"), ("pipe.py", "this is no ordinary file"),
                       ("x" * 300, "unknown name"), ("none.py", "there is no such")):  # fmt: skip
        with pytest.raises(SystemExit):
            cli.main(["run", name])
        text = capsys.readouterr().err
        assert what in text
        assert text.count("\n") == 1


def test_what_readers_are_asked_for(folder: Path) -> None:
    """Names and times of the wrong kind, of every reader and of the network."""
    made = network()
    made.add(snn.StateMonitor(made["cells"], "V_m", True, to="t.h5", name="m"))
    made.run(2, record="s.h5")
    made.write_weights("w.h5")
    spikes, traces, edges = snn.SpikeFile("s.h5"), snn.ReportFile("t.h5"), snn.EdgeFile("w.h5")
    for name in (None, 5, float("nan"), ["cells"], {}, object(), "x"):
        for ask in (spikes.spikes, spikes.count, traces.values, edges.count, made.__getitem__):
            with pytest.raises(snn.DistsnnError, match=r"unknown name|an index of a network"):
                ask(name)
    for time in (float("nan"), "1", [1.0], object(), 1j):
        for ask in (
            lambda given: spikes.spikes("cells", given),
            lambda given: spikes.spikes("cells", 0.0, given),
            lambda given: traces.values("V_m", given),
        ):
            with pytest.raises(ParameterError, match="is a time"):
                ask(time)
    assert traces.values("V_m", -np.inf, np.inf).shape == (20, 2)
