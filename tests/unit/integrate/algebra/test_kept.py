"""Results of algebra are found again, and are those of their arguments."""

from __future__ import annotations

import ast
import errno
import os
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
    for damaged, times in ((None, 3), (b"", 4), (b"cnowhere\nnothing\n.", 5), (b"\x80\x05", 6)):
        for path in folder.iterdir():
            path.write_bytes(path.read_bytes() if damaged is None else damaged)
        monkeypatch.setattr(module, "_known", {})
        assert shown("a*b", "x") == "a * b + a * b"
        assert len(asked) == times
    assert not list(folder.glob("*.partial"))


def test_where_nothing_can_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    @kept
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    def full(old: str, new: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(module.os, "replace", full)
        assert length("abc") == length("abc") == 3
    monkeypatch.setattr(module, "cache_folder", lambda: folder / "vanished")
    assert length("abcd") == length("abcd") == 4
    assert asked == ["abc", "abcd"]
    assert not list(folder.iterdir())
