"""Errors of users show their own lines: in scripts, in notebooks, and all frames on request."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """\
import distsnn as snn


def make():
    return snn.NeuronGroup(3, snn.LIF(tau_m=-1))


make()
"""


def printed(folder: Path, **environment: str) -> str:
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf8")
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DISTSNN_WORLD": "serial"} | environment,
    )
    assert done.returncode == 1
    return done.stderr


def test_a_script_shows_the_lines_of_its_user(tmp_path: Path) -> None:
    found = printed(tmp_path)
    assert "line 5, in make" in found
    assert "tau_m can be -1.0 ms" in found.splitlines()[-1]
    assert f"{os.sep}describe{os.sep}" not in found
    assert len(found.splitlines()) < 10
    everything = printed(tmp_path, DISTSNN_TRACEBACK="full")
    assert f"{os.sep}describe{os.sep}" in everything
    assert everything.splitlines()[-1].endswith(found.splitlines()[-1].partition(": ")[2])


def test_a_notebook_shows_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell()
    result = shell.run_cell(SCRIPT)
    assert result.error_in_exec is not None
    lines = capsys.readouterr().out.splitlines()
    assert "tau_m can be -1.0 ms" in lines[-1]
    assert any("in make" in line for line in lines)
    assert len(lines) < 12
    assert not any("describe" in line for line in lines)


def test_other_errors_are_shown_as_ever(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import distsnn\n1/0\n", encoding="utf8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False,
        env=os.environ | {"DISTSNN_WORLD": "serial"},
    )  # fmt: skip
    assert done.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
