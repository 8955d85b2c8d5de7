"""Runs tests each in a process of its own, with a limit of time, and writes what became of them.

DISTSNN_SUITE_OUT names a file to which each test writes a line of JSON: its name, its file,
whether it passed, and what it said. DISTSNN_SUITE_SECONDS is the limit.
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

SECONDS = float(os.environ.get("DISTSNN_SUITE_SECONDS", "240"))


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
    name = item.nodeid.partition("::")[2]
    with open(os.environ["DISTSNN_SUITE_OUT"], "a", encoding="utf8") as out:
        out.write(json.dumps({"test": name, "file": item.path.name, **found}) + "\n")
    return True
