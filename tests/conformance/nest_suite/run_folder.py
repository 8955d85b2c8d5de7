"""Runs folders or files of NEST's tests on distsnn, and tells what became of each test.

    python -m tests.conformance.nest_suite.run_folder FOLDER OUT connect other/test_create.py ...

FOLDER is ``testsuite/pytests`` of NEST's repository, OUT a file to which each test adds a line of
JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run_folder(folder: Path, name: str, work: Path) -> list[dict[str, str]]:
    """Run the tests of a folder or file, in the folder `work`; one dict for each test."""
    out = work / "out.jsonl"
    out.touch()
    environment = {"PYTHONPATH": str(ROOT), "DISTSNN_SUITE_OUT": str(out), "MPLBACKEND": "Agg"}
    plugins = ["no:cacheprovider", "tests.conformance.nest_suite.plugin"]
    command = [sys.executable, "-B", "-m", "pytest", "-q", *(f"-p{plugin}" for plugin in plugins)]
    # Without NEST's configuration, which asks for plugins.
    command += ["-c", os.devnull, "--rootdir", str(folder), "--continue-on-collection-errors"]
    command += [str(folder / name)]
    subprocess.run(command, cwd=work, env=os.environ | environment, check=False)
    return [json.loads(line) for line in out.read_text(encoding="utf8").splitlines()]


def main() -> None:
    folder, out, *names = sys.argv[1:]
    for name in names:
        with tempfile.TemporaryDirectory() as work:
            lines = run_folder(Path(folder), name, Path(work))
        with open(out, "a", encoding="utf8") as file:
            file.writelines(json.dumps({**line, "of": name}) + "\n" for line in lines)


if __name__ == "__main__":
    main()
