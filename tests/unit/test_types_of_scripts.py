"""Scripts of users pass type checkers; mypy checks them with the package (`test_package.py`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "typed"


def test_pyright_finds_no_errors_but_real_ones(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright")
    # Elsewhere than in the project, whose settings are for mypy.
    shutil.copytree(SCRIPTS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "wrong.py").write_text("import distsnn as snn\nsnn.Network(dt='x')\n", "utf8")
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = [line for line in done.stdout.splitlines() if " - error: " in line]
    assert len(found) == 1, done.stdout + done.stderr
    assert "wrong.py:2:16 - error" in found[0]
