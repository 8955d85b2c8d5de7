"""Compiled code that an administrator leaves for all is read, if only they can change it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsnn.kernels import shared_code
from distsnn.kernels.compiled import _CompiledFiles
from distsnn.kernels.shared_code import VARIABLE, filling

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
MODEL = """
import distsnn as snn

def network():
    cells = snn.NeuronGroup(20, snn.LIF(I_e=400.0), name="cells")
    made = snn.Synapses(cells, cells, snn.Exponential(2.0), weight=5.0, delay=1.0)
    made.connect(snn.FixedIndegree(5))
    return snn.Network(cells, made, seed=1)
"""
COUNT = """
import sys
from numba.core import event
from distsnn.examples import load

with event.install_recorder("numba:compile") as compiled:
    network = load(sys.argv[1]).network()
    network.run(2.0)
print(len(compiled.buffer))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "shared"))
    shared_code._shared_folder.cache_clear()
    yield tmp_path / "shared"
    shared_code._shared_folder.cache_clear()


def files_of(place: Path, stamp: str = "stamp") -> _CompiledFiles:
    place.mkdir(exist_ok=True)
    return _CompiledFiles(str(place), "f", stamp)


def test_what_is_compiled_or_loaded_while_it_is_filled(folder: Path, tmp_path: Path) -> None:
    own = files_of(tmp_path / "own")
    own.save("early", 1)
    before = os.umask(0)
    try:
        with filling(folder):
            assert own.load("early") == 1
            own.save("new", 2)
    finally:
        os.umask(before)
    own.save("late", 3)
    other = files_of(tmp_path / "other")
    assert [other.load(key) for key in ("early", "new", "late")] == [1, 2, None]
    assert files_of(tmp_path / "another", "other stamp").load("new") is None
    assert not any(path.stat().st_mode & 0o022 for path in [folder, *folder.iterdir()])


def test_a_folder_that_others_can_change_is_not_read(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with filling(folder):
        files_of(tmp_path / "own").save("key", 1)
    file = next(folder.glob("*.nbc"))
    for place, mode, back in ((folder, 0o777, 0o755), (file, 0o666, 0o644)):
        place.chmod(mode)
        assert files_of(tmp_path / "other").load("key") is None
        assert f"{VARIABLE}={folder} is not read" in caplog.text
        assert place.name in caplog.text
        place.chmod(back)
        shared_code._shared_folder.cache_clear()
        caplog.clear()
        assert files_of(tmp_path / "other").load("key") == 1
        shared_code._shared_folder.cache_clear()


@needs_root
def test_a_folder_of_somebody_else_is_not_read(folder: Path, tmp_path: Path) -> None:
    with filling(folder):
        files_of(tmp_path / "own").save("key", 1)
    os.chown(folder, 1234, 0)
    assert files_of(tmp_path / "other").load("key") is None


def test_no_folder_is_no_error(folder: Path, tmp_path: Path) -> None:
    assert files_of(tmp_path / "own").load("key") is None


def test_the_command_leaves_nothing_to_compile(tmp_path: Path) -> None:
    model, shared = tmp_path / "model.py", tmp_path / "shared"
    model.write_text(MODEL)
    command = [sys.executable, "-m", "distsnn.cli", "compile", str(model), "--folder", str(shared)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert f"export {VARIABLE}={shared}" in done.stdout
    new = {"DISTSNN_CACHE_DIR": str(tmp_path / "programs"), "NUMBA_CACHE_DIR": str(tmp_path / "n")}
    counted = subprocess.run(
        [sys.executable, "-c", COUNT, str(model)],
        check=True, capture_output=True, text=True, timeout=300,
        env=os.environ | new | {VARIABLE: str(shared)},
    )  # fmt: skip
    assert int(counted.stdout) == 0, counted
