"""Ranks that divide trials stop at a signal and go on, each trial from where it was."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from distsnn.beginning import STATUS_OF_STOP
from distsnn.record.checkpoint_file import CheckpointFile
from tests.jobs import MODEL, Job, run

TRIALS = 3
RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--checkpoint", "state.h5")
WAIT = '    time.sleep(float(os.environ.get("SECONDS_OF_STRETCH", "0")))\n'
SLOW = {"SECONDS_OF_STRETCH": "0.1"}


def write_model(folder: Path) -> Path:
    text = MODEL.replace("    advance(self", f"{WAIT}    advance(self")
    text = text.replace("made, noise)", f"made, noise, trials={TRIALS})")
    (folder / "model.py").write_text(text)
    return folder


def spikes_of(folder: Path) -> list[bytes]:
    return [(folder / f"spikes.trial{b}.h5").read_bytes() for b in range(TRIALS)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The recordings of one process."""
    folder = write_model(tmp_path_factory.mktemp("undisturbed"))
    run(folder, *RUN)
    return spikes_of(folder)


@pytest.mark.parametrize(
    ("number", "to"),
    [
        (signal.SIGTERM, None),
        pytest.param(signal.SIGUSR1, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGKILL, 1, marks=pytest.mark.long),
    ],
)
def test_trials_go_on_from_where_they_were(
    tmp_path: Path, undisturbed: list[bytes], number: signal.Signals, to: int | None
) -> None:
    folder = write_model(tmp_path)
    with Job(folder, *RUN, "--every", "20", "--ranks", "2", environment=SLOW) as job:
        # Trial 1 is alone on rank 1; rank 0 has not begun its second one.
        for rank in (0, 1):
            assert job.wait_for((folder / f"stepping{rank}").exists), job.end()
        if to is None:
            job.send(number)
        else:
            job.ranks()[to].send_signal(number)
        status, text = job.end()
    killed = number == signal.SIGKILL
    assert (status != 0) if killed else status == STATUS_OF_STOP, text
    reached = [CheckpointFile(folder / f"state.trial{b}.h5").t for b in range(TRIALS)]
    assert min(reached) < 200.0, text
    run(folder, "resume", "state.trial0.h5", "--quiet", "--ranks", "3")
    assert spikes_of(folder) == undisturbed
