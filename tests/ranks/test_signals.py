"""Signals: all ranks stop at the same step, and the run goes on from there to the same end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from distsnn.beginning import STATUS_OF_STOP
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.file_layout import partial_path
from distsnn.record.spikes.spike_reader import SpikeFile
from tests.jobs import MODEL, SLOW, Job, run

RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--checkpoint", "state.h5")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recording of a run without signals."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "model.py").write_text(MODEL)
    run(folder, *RUN, "--ranks", "2")
    return (folder / "spikes.h5").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def started(job: Job, folder: Path) -> None:
    """Wait until the run is on its way."""
    assert job.wait_for((folder / "state.h5").exists), job.end()


@pytest.mark.parametrize(
    ("ranks", "number", "to", "threads"),
    [(3, signal.SIGUSR1, 1, 1), (2, signal.SIGTERM, None, 1), (2, signal.SIGTERM, None, 2)],
)
def test_a_signal_to_one_rank_or_the_launcher_stops_all(
    folder: Path,
    undisturbed: bytes,
    ranks: int,
    number: signal.Signals,
    to: int | None,
    threads: int,
) -> None:
    arguments = (*RUN, "--every", "5", "--ranks", str(ranks), "--threads", str(threads))
    with Job(folder, *arguments, environment=SLOW) as job:
        started(job, folder)
        if to is None:
            job.send(number)
        else:
            job.ranks()[to].send_signal(number)
        status, text = job.end()
    assert status == STATUS_OF_STOP, text
    reached = CheckpointFile(folder / "state.h5")
    message = f"distsnn: stopped by {number.name} at {reached.t:g} ms, saved in state.h5."
    assert text.count("distsnn: ") == 1
    assert message in text
    assert 5.0 <= reached.t < 200.0
    assert not (folder / "spikes.h5").exists()
    left = SpikeFile(partial_path(folder / "spikes.h5"))
    assert (left.header.finished, left.header.end) == (False, reached.t)
    run(folder, "resume", "state.h5", "--quiet", *(("--ranks", "4") if ranks == 2 else ()))
    assert (folder / "spikes.h5").read_bytes() == undisturbed
    assert sorted(p.name for p in folder.iterdir() if p.suffix == ".h5") == [
        "spikes.h5",
        "state.h5",
    ]


def test_an_interrupt_saves_as_well(folder: Path, undisturbed: bytes) -> None:
    with Job(folder, *RUN, "--every", "5", "--ranks", "2", environment=SLOW) as job:
        started(job, folder)
        job.send(signal.SIGINT)
        status, text = job.end()
    assert status == 130
    assert "distsnn: stopped by SIGINT at " in text
    assert "distsnn: interrupted." in text
    assert CheckpointFile(folder / "state.h5").t < 200.0
    run(folder, "resume", "state.h5", "--quiet")
    assert (folder / "spikes.h5").read_bytes() == undisturbed


def test_the_second_interrupt_ends_at_once(folder: Path) -> None:
    # The first exchange would take longer than the test waits.
    environment = {"SECONDS_OF_EXCHANGE": "100"}
    with Job(folder, *RUN, "--ranks", "2", environment=environment) as job:
        # It saves when the run has begun, not while it is built.
        assert job.wait_for(job.steps)
        rank = job.ranks()[1]
        rank.send_signal(signal.SIGINT)
        assert job.wait_for(lambda: not job.answers(signal.SIGINT, 1))
        rank.send_signal(signal.SIGINT)
        status, text = job.end(20.0)
    assert status != 0
    assert "distsnn: rank 1 of 2: killed" in text


def test_a_process_on_its_own_stops(folder: Path, undisturbed: bytes) -> None:
    # So long that it does not end before the signal.
    with Job(folder, *RUN, "--every", "20", "--time", "1e8") as job:
        started(job, folder)
        job.send(signal.SIGUSR1)
        status, text = job.end()
    assert status == STATUS_OF_STOP, text
    reached = CheckpointFile(folder / "state.h5").t
    assert f"stopped by SIGUSR1 at {reached:g} ms" in text
    text = run(folder, "resume", "state.h5", "--time", f"{reached + 10}")
    assert SpikeFile(folder / "spikes.h5").header.end == pytest.approx(reached + 10)


def test_without_a_checkpoint_the_recording_is_closed(folder: Path) -> None:
    arguments = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--time", "1e8")
    partial = partial_path(folder / "spikes.h5")
    with Job(folder, *arguments) as job:
        assert job.wait_for(job.steps)
        job.send(signal.SIGTERM)
        status, text = job.end()
    assert status == STATUS_OF_STOP
    assert ", nothing was saved." in text
    assert SpikeFile(partial).header.end > 0.0
