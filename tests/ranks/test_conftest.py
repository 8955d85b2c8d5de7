"""The tests of tests over ranks: a failure on any rank fails, and nothing hangs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.exchange import launch

ROOT = Path(__file__).parents[2]

HEAD = """
import time
import pytest
from distsnn.exchange import current_world
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(folder: Path, test: str, *options: str) -> tuple[int, str]:
    """Run a test file in a pytest of its own; return its status and what it says."""
    (folder / "test_it.py").write_text(HEAD + test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_it.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_counts_of_ranks(folder: Path) -> None:
    test = """
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("x", ["a b", "c/d"])
def test_it(world, n_ranks, shared_path, x):
    assert world.size == n_ranks == len(set(world.allgather_object(world.rank)))
    assert len(set(world.allgather_object(shared_path))) == 1
"""
    status, text = run(folder, test)
    assert status == 0, text
    assert "4 passed" in text


def test_a_failure_is_that_of_one_test_alone(folder: Path) -> None:
    test = """
@pytest.mark.ranks(2)
def test_before(world): pass
@pytest.mark.ranks(2)
def test_it(world):
    assert world.rank != 1, "the reason"
    world.barrier()
@pytest.mark.ranks(2)
@pytest.mark.skip("another reason")
def test_between(): pass
@pytest.mark.ranks(2)
def test_behind(world):
    world.barrier()
"""
    status, text = run(folder, test, "-rs")
    assert status == 1
    assert "1 failed, 2 passed, 1 skipped" in text
    assert "rank 1 of 2: test_it.py::test_it[ranks2]" in text
    assert "another reason" in text


def test_one_launch_for_all_tests_on_a_number_of_ranks(folder: Path) -> None:
    test = """
import os
from pathlib import Path
@pytest.mark.ranks(2, 3)
@pytest.mark.parametrize("x", [1, 2])
def test_it(world, x):
    with Path("started").open("a") as file:
        file.write(f"{world.size} {world.rank} {os.getpid()}\\n")
"""
    status, text = run(folder, test, "-n", "2")
    assert status == 0, text
    started = (folder / "started").read_text().splitlines()
    assert len(started) == 2 * (2 + 3)
    assert len(set(started)) == 2 + 3


def test_a_test_that_hangs_ends_its_launch_and_not_those_after_it(folder: Path) -> None:
    test = """
import os
from pathlib import Path
@pytest.mark.ranks(2, timeout=10)
@pytest.mark.parametrize("x", range(5))
def test_it(world, x):
    with Path("started").open("a") as file:
        file.write(f"{x} {os.getpid()}\\n")
    time.sleep(100 * world.rank * (x == 1))
    world.barrier()
"""
    status, text = run(folder, test)
    assert status == 1
    assert "1 failed, 4 passed" in text
    assert "not finished after 10" in text
    started = (folder / "started").read_text().splitlines()
    # Two launches together, and one alone for that which hangs.
    assert len({line.split()[1] for line in started}) == 2 * 3


def test_error_behind_a_test_on_one_rank(folder: Path) -> None:
    test = """
@pytest.fixture
def broken(world):
    yield
    assert world.rank == 0, "the reason"
@pytest.mark.ranks(2)
def test_it(world, broken): pass
@pytest.mark.ranks(2)
def test_other(world): pass
"""
    status, text = run(folder, test)
    assert status == 1
    assert "1 failed, 1 passed" in text
    assert "the reason" in text


def test_error_in_a_fixture_on_one_rank(folder: Path) -> None:
    test = """
@pytest.fixture
def broken(world):
    assert world.rank == 0, "the reason"
@pytest.mark.ranks(2)
def test_it(world, broken):
    world.barrier()
"""
    status, text = run(folder, test)
    assert status == 1
    assert "the reason" in text


def test_skip(folder: Path) -> None:
    test = """
@pytest.mark.ranks(2)
def test_it():
    pytest.skip("the reason")
"""
    status, text = run(folder, test, "-rs")
    assert status == 0
    assert "1 skipped" in text
    assert "the reason" in text


def test_hanging_test_is_killed_and_says_where(folder: Path) -> None:
    test = """
@pytest.mark.ranks(2, timeout=5)
def test_it(world):
    time.sleep(400 * world.rank)
    world.barrier()
"""
    status, text = run(folder, test)
    assert status == 1
    assert "not finished after 5 s" in text
    assert "test_it.py" in text


def test_long_tests_are_left_out(folder: Path) -> None:
    test = """
@pytest.mark.long
def test_it(): pass
"""
    assert "1 deselected" in run(folder, test)[1]
    assert "1 passed" in run(folder, test, "-m", "long")[1]


def test_directly_under_a_launcher(folder: Path) -> None:
    test = """
@pytest.mark.ranks(1, 4)
def test_ranks(world): assert world.size == 2
@pytest.mark.mpi
def test_mpi(world): assert world.size == 2
def test_plain(): assert False
"""
    (folder / "test_it.py").write_text(HEAD + test)
    command = [sys.executable, "-m", "pytest", "--with-mpi", "--color=no"]
    command += ["-p", "no:cacheprovider"]
    done = launch(
        [*command, "--rootdir", str(folder), str(folder / "test_it.py")],
        2,
        200,
        {"PYTHONPATH": str(ROOT)},
        capture=True,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("2 passed, 1 deselected") == 2
