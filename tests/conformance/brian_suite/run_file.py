"""Runs files of Brian 2's tests on distsnn, and tells what became of each test.

    python -m tests.conformance.brian_suite.run_file FOLDER OUT synapses network::test_loop ...

FOLDER is ``brian2/tests`` of Brian's repository, OUT a file to which each test adds a line of JSON.
A name is that of a file, or of one test of it. Without names, what `others.json` has is run. With
``--earlier`` an error may come where an object is made; see `earlier_errors`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance.brian_suite.earlier_errors import with_earlier_errors

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def run_file(
    folder: Path, name: str, work: Path, tests: list[str] | None = None, earlier: bool = False
) -> list[dict[str, str]]:
    """Run ``test_<name>.py``, or some tests of it, in the folder `work`; one dict for each test."""
    for test in folder.glob("test_*.py"):
        text = test.read_text(encoding="utf8")
        text = with_earlier_errors(text) if earlier else text
        (work / test.name).write_text(text, encoding="utf8")
    conftest = (HERE / "forking_conftest.py").read_text(encoding="utf8")
    (work / "conftest.py").write_text(conftest, encoding="utf8")
    marks = (folder / "pytest.ini").read_text(encoding="utf8")
    (work / "pytest.ini").write_text(marks.replace("timeout = 3600", ""), encoding="utf8")
    out = work / f"{name}.jsonl"
    environment = {"PYTHONPATH": str(ROOT), "DISTSNN_SUITE_OUT": str(out), "MPLBACKEND": "Agg"}
    chosen = [f"test_{name}.py::{test}" for test in tests or []] or [f"test_{name}.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
    subprocess.run(command, cwd=work, env=os.environ | environment, check=False)
    return [json.loads(line) for line in out.read_text(encoding="utf8").splitlines()]


def main() -> None:
    earlier = "--earlier" in sys.argv
    folder, out, *names = (value for value in sys.argv[1:] if value != "--earlier")
    if not names:
        others = json.loads((HERE / "others.json").read_text(encoding="utf8"))
        names = [test.replace(": ", "::") for tests in others.values() for test in tests]
    chosen: dict[str, list[str]] = {}
    for name in names:
        file_name, _, test = name.partition("::")
        chosen.setdefault(file_name, []).extend([test] if test else [])
    for name, tests in sorted(chosen.items()):
        with tempfile.TemporaryDirectory() as work:
            lines = run_file(Path(folder), name, Path(work), tests, earlier)
        with open(out, "a", encoding="utf8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
