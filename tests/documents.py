"""Blocks of code in Markdown pages.

A page is run in its order, in a folder of its own. Blocks of ``python`` share one namespace; blocks
of ``sh`` are run by bash. One with a title (``title="model.py"``) is a file of that name for the
blocks behind it. A block of ``text`` directly behind another is what that one prints; ``...`` in
it stands for anything. A comment ``<!-- not run: REASON -->`` above a block of ``sh`` keeps it from
being run, because it needs a cluster or changes the machine; its syntax is checked all the same.

``python -m tests.documents PAGE...`` runs pages, shows what they print, and draws their pictures.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

RUNNER = Path(__file__).with_name("run_page.py")
_FENCE = re.compile(
    r"^(?:(?P<comment> *<!-- not run: (?P<reason>[^>]+) -->)\n)?"
    r'(?P<indent> *)```(?P<kind>\w*)(?: title="(?P<title>[^"]+)")?\n'
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One block of code of a page."""

    place: str
    kind: str
    text: str
    title: str | None
    reason: str | None
    follows: bool

    @property
    def runs(self) -> bool:
        return self.kind in {"python", "sh"} and self.title is None and self.reason is None


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, in their order."""
    text = page.read_text(encoding="utf8")
    found, end = [], 0
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("indent")) + 1
        found.append(
            Block(
                f"{page.name}:{line}",
                match["kind"],
                textwrap.dedent(match["text"]),
                match["title"],
                match["reason"],
                text[end : match.start()].strip() == "",
            )
        )
        end = match.end()
    return found


@dataclass(frozen=True)
class PageRun:
    """What a page did: what each block printed by its place, the first error, the time (s)."""

    printed: dict[str, str]
    error: str
    seconds: float


def run_pages(pages: dict[Path, list[Block]], timeout: float = 500) -> list[PageRun]:
    """Run the blocks of each page in its folder (the key), all in one process."""
    given = [
        {
            "folder": str(folder),
            "steps": [
                {"kind": "file" if block.title else block.kind, "place": block.place}
                | ({"name": block.title} if block.title else {})
                | {"text": block.text}
                for block in blocks
                if block.runs or block.title
            ],
        }
        for folder, blocks in pages.items()
    ]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Of tests alone: every process is a rank of its own.
    environment = {name: text for name, text in os.environ.items() if name != "DISTSNN_WORLD"}
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=json.dumps(given),
        env=environment | {"PATH": path, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout.splitlines()[-1])
    return [
        PageRun(
            # After an error there are fewer.
            dict(zip((b.place for b in blocks if b.runs), got["printed"], strict=False)),
            got["error"],
            got["seconds"],
        )
        for blocks, got in zip(pages.values(), results, strict=True)
    ]


def draw(page: Path) -> None:
    """Run a page, keep its pictures beside it, and print what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        (done,) = run_pages({Path(folder): blocks_of(page)})
        for name in re.findall(r"\]\(images/([\w.-]+)\)", page.read_text(encoding="utf8")):
            if (Path(folder) / name).exists():
                shutil.copy(Path(folder) / name, page.parent / "images" / name)
    print(f"== {page.name}: {done.seconds:.1f} s {done.error}")
    print("".join(f"{place}\n{text}" for place, text in done.printed.items() if text))


if __name__ == "__main__":
    for given in sys.argv[1:]:
        draw(Path(given))
