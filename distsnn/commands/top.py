"""``distsnn top``: how far jobs have come, from the lines in their logs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from distsnn.errors import FileError
from distsnn.run.progress_line import ProgressLine

# So much of the end of a log is read.
_TAIL_BYTES = 1 << 16
# Runs write a line every minute at least (s).
_SILENCE = 180.0
# Names of logs: SLURM's and LSF's as job scripts have them, those of PBS, and what users choose.
_LOGS = ("*.out", "*.err", "*.log", "*.[oe][0-9]*")
_TO_THE_BEGINNING = "\x1b[H\x1b[2J"
_HEADINGS = ("log", "time (ms)", "done", "s per s", "spikes", "MB", "ends", "waiting by rank")


@dataclass(frozen=True)
class JobState:
    """The end of a log.

    Attributes
    ----------
    name : str
        Name of the log.
    line : ProgressLine or None
        None where no run has said how far it has come.
    said : str
        The last line behind that.
    seconds : float
        Since the log has changed.
    """

    name: str
    line: ProgressLine | None
    said: str
    seconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The job as a row of a table."""
        line = self.line
        if line is None:
            return (self.name, *[""] * 6, self.said)
        reached = f"{line.done:,.1f} of {line.total:,.1f}"
        share = line.done / line.total if line.total else 1.0
        numbers = f"{line.factor:.2f}", f"{line.spikes:,}", f"{line.megabytes:,.0f}"
        ends = line.ends if line.done < line.total else "ended"
        last = line.waiting
        if self.said:
            ends, last = "", self.said
        elif line.done < line.total and self.seconds > _SILENCE:
            last = f"silent for {self.seconds / 60:.0f} min"
        return (self.name, reached, f"{share:.0%}", *numbers, ends, last)


def top(
    *,
    jobs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[JOB]",
            help="Numbers of jobs, logs, or folders with logs; by default this folder.",
        ),
    ] = None,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="Seconds between two looks.")
    ] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="Print the table once; so it is where no terminal is.")
    ] = False,
) -> None:
    """Show how far jobs have come: time, factor, spikes, memory, waiting, and when they end.

    It reads the lines that runs write to their logs, so it works from any host that sees the files.
    Ctrl-C ends.
    """
    given = jobs or ["."]
    while True:
        table = table_of([log for job in given for log in logs_of(job)])
        if once or not sys.stdout.isatty():
            print(table)
            return
        width = shutil.get_terminal_size().columns
        shown = "\n".join(line[:width] for line in table.splitlines())
        sys.stdout.write(f"{_TO_THE_BEGINNING}{time.strftime('%a %H:%M:%S')}\n{shown}\n")
        sys.stdout.flush()
        try:
            time.sleep(every)
        except KeyboardInterrupt:
            return


def logs_of(job: str) -> list[Path]:
    """The logs of a job, of a folder, or a log itself; raises FileError where there is none."""
    path = Path(job)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [log for pattern in _LOGS for log in path.glob(pattern)]
        logs = [log for log in found if state_of(log).line is not None]
        allowed = (
            "logs of distsnn are files *.out, *.err, *.log with lines such as '12.0 of 60.0 ms'"
        )
    else:
        logs = [log for pattern in _LOGS for log in Path().glob(pattern) if _is_of(log, job)]
        logs = logs or _known_to_slurm(job)
        allowed = "its log has the number of the job in its name and is in this folder"
    if not logs:
        raise FileError(
            job, "there is no log of a run", allowed, "name the log itself, or its folder"
        )
    return sorted(set(logs))


def state_of(log: Path) -> JobState:
    """The end of a log."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        text = file.read().decode(errors="replace")
    found = ProgressLine.last_in(text)
    line, rest = (None, text) if found is None else found
    lines = [one.strip() for one in rest.splitlines() if one.strip()]
    return JobState(log.name, line, lines[-1] if lines else "", time.time() - log.stat().st_mtime)


def table_of(logs: list[Path]) -> str:
    """A table of what logs say last."""
    rows = [_HEADINGS, *(state_of(log).cells for log in logs)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(
            # Numbers stand below each other; names and remarks begin together.
            cell.ljust(width) if k in (0, 6, 7) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _is_of(log: Path, job: str) -> bool:
    """Whether the name of a log has the number of a job."""
    return re.search(rf"(?<!\d){re.escape(job)}(?!\d)", log.name) is not None


def _known_to_slurm(job: str) -> list[Path]:
    """The log that SLURM names, if it knows the job."""
    try:
        command = ["scontrol", "show", "job", job]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    named = [
        word.partition("=")[2] for word in said.split() if word.startswith(("StdOut=", "StdErr="))
    ]
    return [Path(name) for name in dict.fromkeys(named) if Path(name).is_file()]
