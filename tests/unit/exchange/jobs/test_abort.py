"""Messages in one process; whole jobs are ended in tests/ranks/test_faults.py."""

from __future__ import annotations

import sys
import threading

import pytest

from distsnn.errors import ParameterError, RankError
from distsnn.exchange import SerialWorld, World, install_abort, run_loopback
from distsnn.exchange.jobs.abort import fail


@pytest.fixture(autouse=True)
def _keep_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)


def said(error: BaseException, capsys: pytest.CaptureFixture[str], size: int = 1) -> str:
    """What the last of some ranks prints about an error."""

    def play(world: World) -> None:
        if world.rank == size - 1:
            fail(world, error)

    if size == 1:
        play(SerialWorld())
    else:
        with pytest.raises(SystemExit):
            run_loopback(size, play)
    return capsys.readouterr().err


def test_error_on_purpose_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(ParameterError("LIF", "wrong"), capsys) == "distsnn: LIF: wrong.\n"


def test_the_users_line_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        raise ParameterError("LIF", "wrong")
    assert f"  raised from {__file__}, line " in said(caught.value, capsys)


def test_other_errors_come_with_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    text = said(caught.value, capsys)
    assert text.startswith("distsnn: ZeroDivisionError: division by zero\nTraceback")


def test_the_rank_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(ParameterError("LIF", "wrong"), capsys, 3) == "distsnn: rank 2 of 3: LIF: wrong.\n"


def test_the_rank_that_failed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    error = RankError("build", "rank 1 failed: x", rank=1, message="x", trace="Traceback\n")
    assert said(error, capsys, 3) == "distsnn: rank 1 of 3: x\nTraceback\n"


def test_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(KeyboardInterrupt(), capsys, 2) == "distsnn: rank 1 of 2: interrupted.\n"


def test_hooks_are_installed_once() -> None:
    world = SerialWorld()
    install_abort(world)
    hook = sys.excepthook
    install_abort(world)
    assert sys.excepthook is hook


def test_threads_that_play_ranks_do_not_install_hooks() -> None:
    hooks = sys.excepthook, threading.excepthook
    run_loopback(2, install_abort)
    assert (sys.excepthook, threading.excepthook) == hooks


def test_error_in_a_thread_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    install_abort(SerialWorld())

    def play() -> None:
        raise ParameterError("LIF", "wrong")

    thread = threading.Thread(target=play)
    thread.start()
    thread.join()
    assert capsys.readouterr().err.startswith("distsnn: LIF: wrong.\n")
