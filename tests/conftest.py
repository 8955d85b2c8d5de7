"""Tests over ranks, limits of time, and the order of tests.

``@pytest.mark.ranks(1, 2, 4, timeout=240)`` runs a test once on each number of ranks: on one
rank in this process, on more in a pytest under the launcher. Starting ranks takes longer than
most of these tests, so one launch runs all of a folder that ask for the same number
(`tests/launched_tests.py`). A rank that fails prints its traceback and ends the others.

Under ``mpirun -n 2 python -m pytest --with-mpi`` the tests marked ``mpi`` or ``ranks`` run
directly on the ranks that mpirun started, and all others are left out.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import distsnn
from distsnn.exchange import World, current_world, install_abort
from tests.launched_tests import FOLDER, LaunchedTest, outcomes_of

_DEFAULT_SECONDS = 240.0
# What tests have said before they are cleared.
_outcome: dict[str, str] = {}


def _runs_on_ranks(config: pytest.Config) -> bool:
    """Whether this pytest itself runs under a launcher."""
    return FOLDER in os.environ or bool(config.getoption("--with-mpi"))


def pytest_configure(config: pytest.Config) -> None:
    # What is loaded while tests are collected stays.
    gc.disable()
    # Scripts that tests start import this tree, installed or not.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(config.rootpath), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    # Tests start some hundred processes, which would all compile the files of the package anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What a program prints does not depend on what has been compiled before.
    os.environ["DISTSNN_COMPILE_LINES"] = "0"
    # Files do not depend on where and when a test runs.
    os.environ["SOURCE_DATE_EPOCH"] = "1000000000"
    # Ranks that wait leave the cores to others, also to those of another test at the same time.
    os.environ.setdefault("MPIR_CVAR_ENABLE_HEAVY_YIELD", "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell has that of what it runs in the background, and programs started here inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not _runs_on_ranks(config):
        # Tests in this process see one rank, even where an MPI is installed.
        os.environ["DISTSNN_WORLD"] = "serial"
        return
    world = current_world()
    install_abort(world)
    if FOLDER in os.environ:
        config.option.basetemp = Path(os.environ[FOLDER]) / f"rank{world.rank}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("ranks")
    if marker is None:
        return
    counts = marker.args or (1, 2)
    if metafunc.config.getoption("--with-mpi"):
        counts = (current_world().size,)
    # An even and an odd number, and one that divides little, show most.
    long = {4} if {4, 7} <= set(counts) else {}
    metafunc.fixturenames.append("n_ranks")
    given = [pytest.param(n, marks=pytest.mark.long) if n in long else n for n in counts]
    metafunc.parametrize("n_ranks", given, ids=[f"ranks{n}" for n in counts])


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # A broken rule of the house shall be seen before minutes of tests have passed.
    items.sort(key=lambda item: item.path.name != "test_package.py")
    if config.getoption("--with-mpi"):
        # Not by keyword: the name of a folder is a keyword of the tests in it.
        names = {"mpi", "ranks"}
        wanted = [item for item in items if any(m.name in names for m in item.iter_markers())]
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted
    elif not _runs_on_ranks(config):
        items[:] = [_on_ranks(item) for item in items]


@pytest.fixture(autouse=True, scope="module")
def _spare_the_collector() -> None:
    """Leave out of later collections what there is before the tests of a file.

    Among all that tests have loaded each takes a second, and Brian collects before each run.
    """
    gc.collect()
    gc.freeze()


def _on_ranks(item: pytest.Item) -> pytest.Item:
    marker = item.get_closest_marker("ranks")
    if marker is None or not isinstance(item, pytest.Function):
        return item
    n_ranks = item.callspec.params["n_ranks"]
    if n_ranks == 1:
        return item
    launched = LaunchedTest.from_parent(item.parent, name=item.name)
    launched.n_ranks = n_ranks
    launched.seconds = marker.kwargs.get("timeout", _DEFAULT_SECONDS)
    launched.own_markers = list(item.iter_markers())
    # Launches have limits, and one may wait for that of another worker.
    launched.own_markers.append(pytest.mark.timeout(0).mark)
    launched.keywords.update({mark.name: mark for mark in launched.own_markers})
    return launched


def pytest_exception_interact(
    node: pytest.Item | pytest.Collector,
    report: pytest.TestReport | pytest.CollectReport,
) -> None:
    """End the other ranks when a test fails on this one: they may wait for it."""
    if not _runs_on_ranks(node.config):
        return
    world = current_world()
    sys.stderr.write(f"rank {world.rank} of {world.size}: {node.nodeid}\n{report.longreprtext}\n")
    sys.stderr.flush()
    if world.size > 1:
        world.abort(1)


def pytest_runtest_logstart(nodeid: str) -> None:
    """Tell the pytest that started this one that a test begins."""
    _tell(nodeid, "begins")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell it how the test ended, with all that is cleared after it."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _outcome[report.nodeid] = f"skipped: {report.longrepr[2]}"
    elif report.failed:
        _outcome[report.nodeid] = "failed"
    if report.when == "teardown":
        _tell(report.nodeid, _outcome.pop(report.nodeid, "passed"))


def _tell(nodeid: str, said: str) -> None:
    if FOLDER in os.environ:
        with outcomes_of(Path(os.environ[FOLDER]), current_world().rank).open("a") as file:
            file.write(json.dumps([nodeid, said]) + "\n")


@pytest.fixture(autouse=True)
def _settings_of_a_script() -> Iterator[None]:
    """What a script sets for all its networks does not reach the next test."""
    yield
    distsnn.start_scope()
    distsnn.seed()
    distsnn.set_threads(1)
    distsnn.defaultclock.dt = 0.1
    brian2 = sys.modules.get("brian2")
    if brian2 is not None:
        brian2.start_scope()
        brian2.defaultclock.dt = 0.1 * brian2.ms


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """The ranks this test runs on."""
    found = current_world()
    if "n_ranks" in request.fixturenames:
        assert found.size == request.getfixturevalue("n_ranks")
    return found


@pytest.fixture
def shared_path(world: World, tmp_path: Path) -> Iterator[Path]:
    """An empty folder that is the same on all ranks."""
    path: Path = world.bcast_object(tmp_path)
    world.barrier()
    yield path
    world.barrier()
