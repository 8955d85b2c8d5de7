"""Runs the blocks of pages (see tests/documents.py); reads and prints JSON."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from time import perf_counter


def main() -> None:
    # As for a script in the folder.
    sys.path.insert(0, "")
    results = [run(**page) for page in json.load(sys.stdin)]
    print(json.dumps(results))


def run(folder: str, steps: list[dict[str, str]]) -> dict[str, object]:
    """Run one page in its folder; what its blocks printed, the first error, and the time (s)."""
    os.chdir(folder)
    if "distsnn" in sys.modules:
        sys.modules["distsnn"].start_scope()
        sys.modules["distsnn"].defaultclock.dt = 0.1
    before, begin = set(sys.modules), perf_counter()
    namespace, printed, error = {"__name__": "__main__"}, [], ""
    for step in steps:
        try:
            if step["kind"] == "file":
                Path(step["name"]).write_text(step["text"], encoding="utf8")
            elif step["kind"] == "python":
                with contextlib.redirect_stdout(io.StringIO()) as caught:
                    # The code of the page, as a reader would run it.
                    exec(compile(step["text"], step["place"], "exec"), namespace)
                printed.append(caught.getvalue())
            else:
                printed.append(shell(step["text"]))
        except (Exception, SystemExit) as caught_error:  # noqa: BLE001 - whatever a page raises
            error = f"{step['place']}: {''.join(traceback.format_exception(caught_error))}"
            break
    for name in set(sys.modules) - before:
        # A file of one page is none of the next.
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == Path.cwd():
            del sys.modules[name]
    return {"printed": printed, "error": error, "seconds": perf_counter() - begin}


def shell(text: str) -> str:
    command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
