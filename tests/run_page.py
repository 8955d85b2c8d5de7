"""Runs the blocks of a page (see tests/documents.py); reads and prints JSON."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    steps = json.load(sys.stdin)
    namespace = {"__name__": "__main__"}
    # As for a script in the folder.
    sys.path.insert(0, "")
    printed = []
    for step in steps:
        if step["kind"] == "file":
            Path(step["name"]).write_text(step["text"], encoding="utf8")
        elif step["kind"] == "python":
            with contextlib.redirect_stdout(io.StringIO()) as caught:
                # The code of the page, as a reader would run it.
                exec(compile(step["text"], step["place"], "exec"), namespace)
            printed.append(caught.getvalue())
        else:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", step["text"]],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                sys.exit(f"{step['place']}: status {done.returncode}\n{done.stdout}{done.stderr}")
            printed.append(done.stdout)
    print(json.dumps(printed))


if __name__ == "__main__":
    main()
