"""``distsnn resume`` runs the files that made a checkpoint and no others, and replaces its own."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from distsnn import cli
from distsnn.record.checkpoint_writer import ROOT
from distsnn.record.files.seal import seal

MODEL = """
import distsnn as snn
from beside import CURRENT
import pathlib

pathlib.Path("ran").touch()


def network(n=4):
    from later import NAME

    return snn.Network(snn.NeuronGroup(n, snn.LIF(I_e=CURRENT), name=NAME))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model of three files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "model.py").write_text(MODEL)
    (tmp_path / "sub" / "beside.py").write_text("CURRENT = 400.0\n")
    (tmp_path / "sub" / "later.py").write_text("NAME = 'cells'\n")
    return tmp_path


@pytest.fixture
def distsnn(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch):
    def command(*arguments: str, status: int = 0) -> str:
        for name in ("beside", "later"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        (folder / "ran").unlink(missing_ok=True)
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        printed = capsys.readouterr()
        assert ended.value.code == status, printed.err
        return printed.err + printed.out

    return command


def test_only_what_made_a_checkpoint_runs(distsnn, folder: Path) -> None:
    begin = ("run", "sub/model.py", "--checkpoint", "s.h5", "--time", "2", "--quiet")
    distsnn(*begin)
    distsnn("resume", "s.h5", "--time", "4", "--quiet")
    for name in ("model.py", "beside.py", "later.py"):
        path = folder / "sub" / name
        content = path.read_text()
        path.write_text(content + "\n# Evil.\n")
        text = distsnn("resume", "s.h5", "--time", "6", status=1)
        assert f"s.h5: its model is not run: {path} is another one now; only the file" in text
        assert f"name it: --model {folder}/sub/model.py." in text
        path.rename(folder / "moved")
        assert f"there is no {path}" in distsnn("resume", "s.h5", status=1)
        path.write_text(content)
    assert not (folder / "ran").exists()
    (folder / "sub").chmod(0o777)
    assert "sub can be written by everybody" in distsnn("resume", "s.h5", status=1)
    assert not (folder / "ran").exists()
    # Its user has looked at it.
    distsnn("resume", "s.h5", "--time", "6", "--model", "sub/model.py", "--quiet")
    assert (folder / "ran").exists()
    (folder / "sub").chmod(0o755)
    distsnn("resume", "s.h5", "--time", "8", "--quiet")


def test_a_checkpoint_replaces_no_picture_of_others(distsnn, folder: Path) -> None:
    for ending in ("png", "pdf", "svg", "jpg"):
        picture = folder / f"p.{ending}"
        begin = ("run", "sub/model.py", "--checkpoint", f"{ending}.h5", "--plot", str(picture))
        distsnn(*begin, "--time", "2", "--quiet")
        if ending != "jpg":
            # Its own it replaces.
            before = picture.stat().st_mtime_ns
            distsnn("resume", f"{ending}.h5", "--time", "4", "--quiet")
            assert picture.stat().st_mtime_ns > before
        picture.write_text("a picture of somebody's holidays")
        text = distsnn("resume", f"{ending}.h5", "--time", "6", status=1)
        assert f"{picture}: the file exists and is not known to be a picture of this" in text
        assert "Name the picture with --plot." in text
        assert picture.read_text() == "a picture of somebody's holidays"
        picture.unlink()
        distsnn("resume", f"{ending}.h5", "--time", "6", "--quiet")


def test_a_checkpoint_with_a_strange_origin(distsnn) -> None:
    distsnn("run", "sub/model.py", "--checkpoint", "s.h5", "--time", "2", "--quiet")
    for origin in ('{"model": 5}', "[1]", '"word"'):
        with h5py.File("s.h5", "r+") as file:
            del file["origin"]
            file["origin"] = np.frombuffer(origin.encode(), dtype=np.uint8)
            seal(file, ROOT)
        text = distsnn("resume", "s.h5", status=1)
        assert text.startswith("distsnn: s.h5: the file is damaged (")
        assert text.count("\n") == 1
