"""`distsnn top` finds logs of jobs and says how far each has come."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from distsnn.commands.top import logs_of, state_of, table_of
from distsnn.errors import FileError

RUNNING = (
    "12,300.0 of 60,000.0 ms (20%), 1.73 s per s, 3,914,202 spikes, 9,240 MB, "
    "waiting 4% 2%, ends at Mon 14:05:03\n"
)
ENDED = "60.0 of 60.0 ms (100%), 0.50 s per s, 12 spikes, 80 MB\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, text in (
        ("slurm-17.out", f"building 5 of 10 synapses (50%)\n{RUNNING}"),
        ("slurm-170.out", ENDED),
        ("model.o18", RUNNING.replace("12,300", "100") + "distsnn: spikes.h5: disk full.\n"),
        ("17-3.out", RUNNING),
        ("other.out", "nothing of ours\n"),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_logs_of_a_folder_and_of_a_job(folder: Path) -> None:
    ours = ["17-3.out", "model.o18", "slurm-17.out", "slurm-170.out"]
    assert [log.name for log in logs_of(str(folder))] == ours
    assert [log.name for log in logs_of("17")] == ["17-3.out", "slurm-17.out"]
    assert [log.name for log in logs_of("other.out")] == ["other.out"]
    with pytest.raises(FileError, match=r"19: there is no log of a run; its log has the number"):
        logs_of("19")


def test_slurm_knows_logs_of_other_folders(folder: Path) -> None:
    (folder / "far").mkdir()
    log = folder / "far" / "log.txt"
    log.write_text(RUNNING)
    (folder / "scontrol").write_text(f"#!/bin/sh\necho 'JobId='$3' StdErr={log} StdIn=/dev/null'\n")
    (folder / "scontrol").chmod(0o755)
    assert logs_of("4711") == [log]


def test_a_table_of_what_they_say(folder: Path) -> None:
    os.utime("17-3.out", (time.time() - 600,) * 2)
    lines = table_of(logs_of(".")).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [log.name for log in logs_of(".")]
    assert lines[1].endswith("Mon 14:05:03  silent for 10 min")
    assert lines[2].endswith("distsnn: spikes.h5: disk full.")
    assert "Mon" not in lines[2]
    for said in ("12,300.0 of 60,000.0", " 20% ", " 1.73 ", "3,914,202", "9,240", "4% 2%"):
        assert said in lines[3]
    assert lines[4].endswith("80  ended")
    assert state_of(Path("other.out")).cells[-1] == "nothing of ours"


def test_the_last_lines_of_a_long_log() -> None:
    Path("long.log").write_text("x" * 1_000_000 + f"\n{ENDED}")
    found = state_of(Path("long.log")).line
    assert found is not None
    assert found.spikes == 12
