"""The tests of Brian 2 run on distsnn; those of a list pass, and must go on passing.

DISTSNN_BRIAN_TESTS names the folder ``brian2/tests`` of Brian's repository (of 2026, which has a
few tests more than 2.9). Its files are copied to a folder of the test, where ``import brian2``
finds `distsnn.brian` (`tests.conformance.brian_suite.stand_in`). `passing.json` has the tests that
pass, by file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = os.environ.get("DISTSNN_BRIAN_TESTS", "")
HERE = Path(__file__).parent / "brian_suite"
PASSING: dict[str, list[str]] = json.loads((HERE / "passing.json").read_text(encoding="utf8"))

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_BRIAN_TESTS is not set"),
]


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_goes_on_passing(name: str, tmp_path: Path) -> None:
    for test in Path(FOLDER).glob("test_*.py"):
        (tmp_path / test.name).write_text(test.read_text(encoding="utf8"), encoding="utf8")
    conftest = HERE / "forking_conftest.py"
    (tmp_path / "conftest.py").write_text(conftest.read_text(encoding="utf8"), encoding="utf8")
    marks = (Path(FOLDER) / "pytest.ini").read_text(encoding="utf8")
    (tmp_path / "pytest.ini").write_text(marks.replace("timeout = 3600", ""), encoding="utf8")
    out = tmp_path / "out.jsonl"
    root = str(Path(__file__).parents[2])
    environment = {"PYTHONPATH": root, "DISTSNN_SUITE_OUT": str(out), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"test_{name}.py"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | environment, check=False)
    lines = [json.loads(line) for line in out.read_text(encoding="utf8").splitlines()]
    passed = {line["test"] for line in lines if line["outcome"] == "passed"}
    said = {line["test"]: line["said"] for line in lines}
    lost = {test: said.get(test, "not there") for test in PASSING[name] if test not in passed}
    assert not lost, lost
