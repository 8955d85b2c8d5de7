"""The pages for those who carry on: what they name exists, and no room is forgotten."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "distsnn"
PAGES = ROOT / "docs" / "development"
# A step of a walk: a file, and names in it.
STEP = re.compile(r"`((?:\w+/)*\w+\.py)`((?:\s+`[\w.]+`)+)")
FILE = re.compile(r"`((?:\w+/)+\w+\.(?:py|md|toml))`")


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and constants of a file, methods as ``Class.method``."""
    found: set[str] = set()

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                walk(node.body, f"{prefix}{node.name}.")
            if isinstance(node, ast.Assign):
                found.update(t.id for t in node.targets if isinstance(t, ast.Name))

    walk(ast.parse(path.read_text(encoding="utf8")).body, "")
    return found


def sections(page: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", (PAGES / page).read_text(encoding="utf8"), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


WALKS = sections("walks.md")


def test_there_are_as_many_walks_as_the_map_says() -> None:
    said = re.search(
        r"\(walks\.md\): (\w+) things", (PAGES / "index.md").read_text(encoding="utf8")
    )
    assert said is not None
    assert said[1] == {8: "eight", 9: "nine", 10: "ten", 11: "eleven"}[len(WALKS)]


@pytest.mark.parametrize("title", WALKS)
def test_steps_of_walks_exist(title: str) -> None:
    steps = STEP.findall(WALKS[title])
    assert len(steps) >= 8
    for file, names in steps:
        assert (PACKAGE / file).exists(), file
        missing = set(re.findall(r"`([\w.]+)`", names)) - names_in(PACKAGE / file)
        assert not missing, f"{file} has no {missing}"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_files_exist(page: Path) -> None:
    for file in FILE.findall(page.read_text(encoding="utf8")):
        assert (PACKAGE / file).exists() or (ROOT / file).exists(), f"{page.name}: {file}"


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    listed = re.findall(r"`(\w+)/`", sections("index.md")["Rooms"].split("| --- |")[-1])
    assert rooms <= set(listed)
    assert {name for name in listed if not (PACKAGE / name).is_dir()} == set()


def test_version_to_cite_is_that_of_the_package() -> None:
    def version(file: str, separator: str) -> str:
        text = (ROOT / file).read_text(encoding="utf8")
        found = re.search(rf'^version{separator}\s*"?([\d.]+)', text, re.M)
        assert found is not None
        return found[1]

    assert version("CITATION.cff", ":") == version("pyproject.toml", " =")
