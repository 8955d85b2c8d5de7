"""The conftest.py of a folder with Brian's tests: each runs in a process of its own, with a limit.

DISTSNN_SUITE_OUT names a file to which each test writes a line of JSON: its name, whether it
passed, and what it said.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.conformance.brian_suite import stand_in

stand_in.install()
SECONDS = float(os.environ.get("DISTSNN_SUITE_SECONDS", "240"))
# Tests of what only Brian's own devices have.
OF_DEVICES = {"standalone_only", "cpp_standalone", "openmp", "gsl"}


@pytest.fixture
def fake_randn_randn_fixture() -> Any:
    """Replace normal numbers, which is no matter of users."""
    raise stand_in.InternalNameError("a fixture that replaces randn")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if OF_DEVICES & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason="of Brian's devices"))


def said_of(failure: Any) -> str:
    """The message of an exception and the line of the test that raised it."""
    crash = getattr(failure, "reprcrash", None)
    if crash is None:
        return str(failure)[-300:]
    entries = [e.reprfileloc for e in failure.reprtraceback.reprentries if e.reprfileloc]
    lines = [str(e.lineno) for e in entries if Path(e.path).name.startswith("test_")]
    return f"line {', '.join(lines)}: {crash.message[:600]}"


def outcome_of(item: pytest.Item, nextitem: pytest.Item | None) -> dict[str, str]:
    """What became of a test in this process."""
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.outcome != "passed":
            return {"outcome": report.outcome, "said": said_of(report.longrepr)}
    return {"outcome": "passed", "said": ""}


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.write(write, json.dumps(outcome_of(item, nextitem)).encode())
        os._exit(0)
    os.close(write)
    data, end = b"", time.monotonic() + SECONDS
    while select.select([read], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(read, 1 << 16)
        if not part:
            break
        data += part
    os.close(read)
    if time.monotonic() >= end:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = json.loads(data) if data else {"outcome": "no answer", "said": "ended or too slow"}
    with open(os.environ["DISTSNN_SUITE_OUT"], "a", encoding="utf8") as out:
        out.write(json.dumps({"test": item.name, "file": item.path.name, **found}) + "\n")
    return True
