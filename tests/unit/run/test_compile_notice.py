"""Users hear of compiling while it lasts, and of nothing else."""

from __future__ import annotations

import itertools
import logging
import re
import threading

import numba
import pytest
from numba.core.event import trigger_event

from distsnn.codegen.compiled_program import COMPILED_BLOCK
from distsnn.run import compile_notice
from distsnn.run.compile_notice import told_of_compiling


def compile_something() -> None:
    @numba.njit
    def twice(x):
        return 2 * x

    assert twice(2) == 4


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [r.getMessage() for r in caplog.records if r.name == "distsnn.compiling"]
    assert all(r.levelno == logging.WARNING for r in caplog.records)
    return found


@pytest.fixture(autouse=True)
def _lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTSNN_COMPILE_LINES")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look at the clock take half a second."""
    monkeypatch.setattr(compile_notice, "perf_counter", itertools.count(0.0, 0.5).__next__)


def test_what_takes_long_is_named_and_ended(slow: None, caplog: pytest.LogCaptureFixture) -> None:
    with told_of_compiling(True):
        compile_something()
        with trigger_event(COMPILED_BLOCK, {"name": "update cells", "number": 2, "total": 7}):
            compile_something()
    found = lines(caplog)
    # It is told after a second, then ever more rarely, and the end.
    assert re.search(r"\(1 s\): function 1 of the package, twice", found[0])
    seconds = [int(s) for line in found[:-1] for s in re.findall(r"\((\d+) s\)", line)]
    assert all(later >= 2 * s - 1 for s, later in itertools.pairwise(seconds))
    assert any(line.endswith("part 2 of 7 of this network, update cells") for line in found)
    assert re.fullmatch(r"compiled in \d+\.\d s; later runs find it", found[-1])


def test_a_moment_of_compiling_is_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compile_notice, "perf_counter", itertools.count(0.0, 1e-6).__next__)
    with told_of_compiling(True):
        compile_something()
    assert not lines(caplog)


def test_silent_without_compiling_and_on_other_ranks(
    slow: None, caplog: pytest.LogCaptureFixture
) -> None:
    with told_of_compiling(True):
        for number in range(1, 9):
            # Found in the cache.
            with trigger_event(COMPILED_BLOCK, {"name": "a", "number": number, "total": 8}):
                pass
        other = threading.Thread(target=compile_something)
        other.start()
        other.join()
    with told_of_compiling(False):
        compile_something()
    compile_something()
    assert not lines(caplog)
