"""The module that lets ``import pyNN.distsnn`` work, in a Python of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINE = (ROOT / "startup" / "distsnn_pynn_name.pth").read_text()


def said(code: str) -> str:
    """What a program prints that begins as Python does where distsnn is installed."""
    begin = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'startup')]!r}\n{LINE}\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", begin + code],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).strip()


def test_nothing_else_is_found_or_imported() -> None:
    code = """
import importlib.util
print(importlib.util.find_spec("no_such_module"), "distsnn" in sys.modules)
try:
    sys.path = [p for p in sys.path if "site-packages" not in p]
    import pyNN.distsnn
except ModuleNotFoundError as error:
    print(error)
"""
    assert said(code).splitlines() == ["None False", "No module named 'pyNN'"]


def test_scripts_find_the_simulator_by_its_name() -> None:
    pytest.importorskip("pyNN.common")
    code = """
import pyNN.distsnn as sim
from pyNN.utility import get_simulator
sys.argv = ["script.py", "distsnn"]
print(get_simulator()[0] is sim, sim.__name__, sys.modules["pyNN.distsnn"] is sim)
"""
    assert said(code).splitlines()[-1] == "True distsnn.pynn True"
