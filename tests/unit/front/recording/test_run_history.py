"""Files say what made them, where and when."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import distsnn as snn
from distsnn.commands import simulate
from distsnn.errors import ParameterError
from distsnn.exchange import SerialWorld
from distsnn.front.recording.run_history import RunHistory
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.provenance import RunRecord

MODEL = '''"""Cells."""
import distsnn as snn
import beside


def network(*, n=3, g=4.5, seed=2):
    cells = snn.NeuronGroup(n, snn.LIF(I_e=400.0), name="cells")
    trace = snn.StateMonitor(cells, "V_m", True, to="v.h5")
    return snn.Network(cells, trace, seed=seed)
'''


def git(folder: Path, *arguments: str) -> str:
    names = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    command = ["git", "-C", str(folder), *names, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model under Git, and a module that it imports."""
    folder = tmp_path / "model"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "beside.py").write_text("")
    path = folder / "cells.py"
    path.write_text(MODEL)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "model")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    return path


def made(model: Path, **settings: object) -> snn.Network:
    origin = simulate.origin_of(str(model), settings, None, 10.0, simulate.Files())
    network: snn.Network = simulate.made(str(model), origin)[1]
    return network


def test_every_file_says_what_made_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/distsnn", "run", "a b.py"])
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    net = made(model, n=2)
    net.run(1.0, record="spikes.h5", checkpoint="state.h5")
    # Files of one network say the same.
    (run,) = snn.SpikeFile("spikes.h5").header.provenance.runs
    assert snn.ReportFile("v.h5").header.provenance.runs == (run,)
    assert CheckpointFile("state.h5").provenance.runs == (run,)
    assert CheckpointFile("state.h5").provenance.parameters == {"n": 2, "g": 4.5, "seed": 2}
    assert run.command == "distsnn run 'a b.py'"
    assert (run.hosts, run.ranks, run.threads, run.job) == (socket.gethostname(), 1, 1, "17")
    assert (run.model, run.commit) == ("cells.py", git(model.parent, "rev-parse", "HEAD"))
    assert run.state == "clean"
    assert [line.partition("  ")[2] for line in run.model_files.splitlines()] == [
        "beside.py", "cells.py",
    ]  # fmt: skip
    subprocess.run(["sha256sum", "-c"], input=run.model_files, text=True, check=True,
                   cwd=model.parent)  # fmt: skip


def test_a_run_from_a_checkpoint_is_added(model: Path) -> None:
    net = made(model)
    net.run(1.0, record="spikes.h5", checkpoint="state.h5")
    before = snn.SpikeFile("spikes.h5").header.provenance.runs
    (model.parent / "beside.py").write_text("x = 1")
    git(model.parent, "rm", "-q", "--cached", "cells.py")
    again = made(model)
    again.load("state.h5")
    again.run(1.0, record="spikes.h5")
    for reader in (snn.SpikeFile("spikes.h5"), snn.ReportFile("v.h5")):
        runs = reader.header.provenance.runs
        assert runs[:1] == before
        assert runs[1].state == "beside.py modified, cells.py deleted, cells.py not in Git"
        assert reader.header.end == 2.0


def test_with_an_epoch_nothing_else_differs(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    found = RunHistory().provenance(SerialWorld(), 4, {}, made(model).origin).runs[0]
    assert found.date == "1970-01-01T00:00:00Z"
    assert (found.command, found.folder, found.hosts, found.ranks) == ("", "", "", 0)
    assert found.commit
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ParameterError, match=r"SOURCE_DATE_EPOCH: it is 'yesterday'"):
        RunHistory().provenance(SerialWorld(), 1, {}, {})


def test_a_script_is_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    script = tmp_path / "script.py"
    script.write_text(
        "from distsnn.exchange import SerialWorld\n"
        "from distsnn.front.recording.run_history import RunHistory\n"
        "print(RunHistory().provenance(SerialWorld(), 1, {}, {}).runs[0].__dict__)\n"
    )
    command = [sys.executable, str(script), "--g", "5"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    found = RunRecord(**eval(said))
    assert (found.model, found.folder) == ("script.py", str(tmp_path))
    assert found.command.endswith(f" {script} --g 5")
    # A temporary folder is under no version control.
    assert (found.commit, found.state) == ("", "")


def test_parameters_of_a_script(tmp_path: Path) -> None:
    net = snn.Network()
    net.parameters = {"g": 5.0}
    assert net.parameters == {"g": 5.0}
    with pytest.raises(ParameterError, match="parameters are a dict of values by name"):
        net.parameters = [5.0]
