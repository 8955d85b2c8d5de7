"""Results of algebra are found again, and are those of their arguments."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from distsnn.describe.checks.trees import syntax_tree
from distsnn.integrate.algebra import kept as module
from distsnn.integrate.algebra.kept import kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(module, "_known", {})
    return tmp_path


def test_a_result_is_computed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    @kept
    def doubled(trees: dict[str, ast.expr], names: tuple[str, ...]) -> dict[str, ast.expr]:
        asked.append(names)
        return {name: ast.BinOp(trees[name], ast.Add(), trees[name]) for name in names}

    def shown(text: str, *names: str) -> str:
        found = doubled({"x": syntax_tree(text), "y": syntax_tree("2")}, names)
        result = " ".join(map(ast.unparse, found.values()))
        # Who gets a tree may change it.
        found["x"].op = ast.Sub()  # type: ignore[attr-defined]  # it is a sum
        return result

    assert shown("a*b", "x") == shown("a *  b", "x") == "a * b + a * b"
    assert len(asked) == 1
    assert shown("a*b", "x", "y") == "a * b + a * b 2 + 2"
    assert shown("a/b", "x") == "a / b + a / b"
    assert len(asked) == 3
    # In another process, and where a file is damaged.
    monkeypatch.setattr(module, "_known", {})
    assert shown("a*b", "x") == "a * b + a * b"
    assert len(asked) == 3
    monkeypatch.setattr(module, "_known", {})
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert shown("a*b", "x") == "a * b + a * b"
    assert len(asked) == 4
    assert not list(folder.glob("*.partial"))
