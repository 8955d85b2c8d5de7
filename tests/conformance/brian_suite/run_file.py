"""Runs files of Brian 2's tests on distsnn, and tells what became of each test.

    python -m tests.conformance.brian_suite.run_file FOLDER OUT synapses network ...

FOLDER is ``brian2/tests`` of Brian's repository, OUT a file to which each test adds a line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def run_file(folder: Path, name: str, work: Path) -> list[dict[str, str]]:
    """Run ``test_<name>.py``, copied to the folder `work`; one dict for each test."""
    for test in folder.glob("test_*.py"):
        (work / test.name).write_text(test.read_text(encoding="utf8"), encoding="utf8")
    conftest = (HERE / "forking_conftest.py").read_text(encoding="utf8")
    (work / "conftest.py").write_text(conftest, encoding="utf8")
    marks = (folder / "pytest.ini").read_text(encoding="utf8")
    (work / "pytest.ini").write_text(marks.replace("timeout = 3600", ""), encoding="utf8")
    out = work / f"{name}.jsonl"
    environment = {"PYTHONPATH": str(ROOT), "DISTSNN_SUITE_OUT": str(out), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"test_{name}.py"]
    subprocess.run(command, cwd=work, env=os.environ | environment, check=False)
    return [json.loads(line) for line in out.read_text(encoding="utf8").splitlines()]


def main() -> None:
    folder, out, *names = sys.argv[1:]
    for name in names:
        with tempfile.TemporaryDirectory() as work:
            lines = run_file(Path(folder), name, Path(work))
        with open(out, "a", encoding="utf8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
