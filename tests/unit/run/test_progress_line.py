"""The line that says how far a run has come is read as it was written."""

from __future__ import annotations

import pytest

from distsnn.run.progress_display import DisplayForm
from distsnn.run.progress_line import ProgressLine

FORM = DisplayForm("", "ms", 60_000.0, decimals=1)


@pytest.mark.parametrize(
    "line",
    [
        ProgressLine(12_300.0, 60_000.0, 1.73, 3_914_202, 9_240.0, "4% 2%", "Mon 14:05:03"),
        ProgressLine(60_000.0, 60_000.0, 0.03, 0, 12.0),
        ProgressLine(0.5, 60_000.0, 250.0, 1, 5.0, "3% (rank 7) to 40% (rank 12)"),
    ],
)
def test_what_is_written_is_read(line: ProgressLine) -> None:
    written = FORM.line(line.done, line.remark)
    others = f"compiling\n{FORM.line(1.0, line.remark)}\n{written}\nwritten: spikes.h5\n"
    assert ProgressLine.last_in(others) == (line, "\nwritten: spikes.h5\n")


def test_other_texts_have_none() -> None:
    assert ProgressLine.last_in("building 3 of 6 synapses (50%)\n") is None
