"""Disks that become full or fail: the job says so and ends within 10 s; what was flushed is there.

``test_parallel_hdf5.py`` runs this file in an environment where all ranks write, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.file_layout import partial_path
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile
from tests.disks import fill, small_disk_in
from tests.jobs import FAULT, FAULT_OF_FILES, SECONDS_TO_END, Job, run, seconds_since_fault
from tests.recorded import content

PARALLEL = bool(os.environ.get("DISTSNN_TEST_EXPECTS_PARALLEL_HDF5"))
# One rank writes in the same way in every environment, and one filter as another.
ELSEWHERE = [pytest.mark.long] if PARALLEL else []
ALONE = pytest.param(1, marks=ELSEWHERE)
SPIKING = '''"""Many spikes, and few exchanges."""
import distsnn as snn


def network():
    cells = snn.NeuronGroup(600, snn.LIF(), name="cells")
    cells.I_e = snn.Uniform(500.0, 800.0)
    synapses = snn.Synapses(cells, cells, snn.Delta(), weight=0.1, delay=5.0)
    synapses.connect(snn.FixedIndegree(2))
    return snn.Network(cells, synapses)
'''
TRACED = '''"""Traces of noisy cells."""
import distsnn as snn


def network(to="v.h5", compression=None):
    cells = snn.NeuronGroup(200, snn.LIF(I_e=380.0), name="cells")
    exc = snn.Exponential(5.0)
    noise = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=15.0)
    file = snn.RecordingFile(to, compression=compression, chunk=200)
    trace = snn.StateMonitor(cells, "V_m", True, to=file, name="trace")
    synapses = snn.Synapses(cells, cells, exc, weight=snn.Uniform(0.0, 1.0), name="synapses")
    synapses.connect(snn.FixedIndegree(150))
    return snn.Network(cells, noise, synapses, trace)
'''
# Traces come to the disk whenever objects are called, at the step of a checkpoint too.
FLUSHING = """
import importlib

importlib.import_module("distsnn.run.engine")._SECONDS_BETWEEN_FLUSHES = 0.0
"""
# What HDF5 says on one rank alone, in the middle of what all ranks do to the recording: when there
# is a checkpoint, since slow ranks write more often than every 100 ms of the model.
FAILING = """
import os, sys
import h5py
from distsnn.exchange import current_world

calls = 0


def fail_in(function):
    global calls
    if current_world().rank == 1 and sys._getframe(2).f_code.co_name == function:
        calls += os.path.exists("state.h5")
        if calls > {after}:
            fault()
            raise {error}


def identity(self):
    fail_in("write_rows")
    return plain_identity(self)


def flush(self):
    fail_in("flush")
    plain_flush(self)


plain_identity, plain_flush = h5py.Dataset.id.fget, h5py.File.flush
if "{function}" == "write":
    h5py.Dataset.id = property(identity)
else:
    h5py.File.flush = flush
"""
# What the rank that writes meets when a recording is secured for another checkpoint.
DYING = """
import errno, os
import h5py
from distsnn.exchange import current_world

REASON = os.strerror(errno.EIO)


def place(file):
    if isinstance(file, h5py.File):
        return file.filename if file else ""
    return os.readlink(f"/proc/self/fd/{file}")


def dies(owner, name, error, recorded):
    plain = getattr(owner, name)

    def fails(*given):
        if os.path.exists("state.h5") and current_world().rank == 0 and recorded in place(*given):
            fault()
            raise error
        return plain(*given)

    setattr(owner, name, fails)
"""
WHY = "the file cannot be written (Input/output error); its folder must exist"
REFUSED = f"spikes.h5: {WHY}"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 6 MB."""
    with small_disk_in(tmp_path) as place:
        yield place


def fails(folder: Path, ranks: int, path: Path, *arguments: str) -> None:
    """A job that ends, soon after there was no room for a file."""
    with Job(folder, *arguments, "--ranks", str(ranks)) as job:
        status, text = job.end()
    assert seconds_since_fault(folder) < SECONDS_TO_END
    where = f"rank 0 of {ranks}: " if ranks > 1 else ""
    what = f"{path}: the file cannot be written (No space left on device); its folder must exist"
    assert text.startswith(f"distsnn: {where}{what}"), text
    assert (status, text.count("distsnn: ")) == (1, 1)


@pytest.mark.parametrize("ranks", [ALONE, 2])
def test_growing_spikes(tmp_path: Path, disk: Path, ranks: int) -> None:
    (tmp_path / "model.py").write_text(SPIKING + FAULT_OF_FILES)
    # The recording grows twice, and there is room for the first time.
    fill(disk, 1_250_000)
    record = disk / "spikes.h5"
    files = ("--record", str(record), "--checkpoint", "state.h5", "--every", "200")
    fails(tmp_path, ranks, record, "run", "model.py", "--quiet", "--time", "1800", *files)
    left, reached = SpikeFile(partial_path(record)), CheckpointFile(tmp_path / "state.h5")
    assert left.header.end >= reached.t > 0.0
    assert left.count("cells") > 10_000
    (disk / "fill").unlink()
    if ranks == 1:
        run(tmp_path, "resume", "state.h5", "--quiet")
        run(tmp_path, "run", "model.py", "--quiet", "--time", "1800", "--record", "whole.h5")
        assert content(record) == content(tmp_path / "whole.h5")


@pytest.mark.parametrize(
    ("ranks", "compression"), [pytest.param(1, "", marks=ELSEWHERE), (2, "gzip")]
)
def test_no_room_for_the_finished_spikes(
    tmp_path: Path, disk: Path, ranks: int, compression: str
) -> None:
    (tmp_path / "model.py").write_text(SPIKING + FAULT_OF_FILES)
    fill(disk, 1_250_000)
    record = disk / "spikes.h5"
    options = ("--compression", compression) if compression else ()
    files = ("--record", str(record), "--checkpoint", "state.h5", *options)
    fails(tmp_path, ranks, record, "run", "model.py", "--quiet", "--time", "1000", *files)
    assert SpikeFile(partial_path(record)).count("cells") > 10_000
    assert sorted(path.name for path in disk.iterdir()) == [partial_path(record).name, "fill"]
    (disk / "fill").unlink()
    run(tmp_path, "resume", "state.h5", "--quiet", "--ranks", "2")
    run(tmp_path, "run", "model.py", "--quiet", "--time", "1000", "--record", "whole.h5", *options)
    assert content(record) == content(tmp_path / "whole.h5")


@pytest.mark.parametrize(
    ("ranks", "compression", "flushing"),
    [
        pytest.param(1, None, "", marks=ELSEWHERE),
        pytest.param(1, "gzip", "", marks=pytest.mark.long),
        (2, None, FLUSHING),
        pytest.param(2, "gzip", "", marks=pytest.mark.long),
        (3, "lzf", ""),
    ],
    ids=["1", "1 gzip", "2 flushing", "2 gzip", "3 lzf"],
)
def test_growing_traces(
    tmp_path: Path, disk: Path, ranks: int, compression: str | None, flushing: str
) -> None:
    (tmp_path / "model.py").write_text(TRACED + FAULT_OF_FILES + flushing)
    fill(disk, 3_000_000)
    traces = disk / "v.h5"
    settings = ("--set", f"compression={compression!r}", "--time", "600", "--quiet")
    files = ("--checkpoint", "state.h5", "--every", "30")
    begin = ("run", "model.py", "--set", f"to={str(traces)!r}")
    fails(tmp_path, ranks, traces, *begin, *settings, *files)
    left, reached = ReportFile(partial_path(traces)), CheckpointFile(tmp_path / "state.h5")
    assert left.header.end >= reached.t > 60.0
    whole = tmp_path / "v.h5"
    run(tmp_path, "run", "model.py", "--set", f"to={str(whole)!r}", *settings)
    expected = ReportFile(whole).values("V_m")
    assert (left.values("V_m") == expected[: left.t.size]).all()
    (disk / "fill").unlink()
    run(tmp_path, "resume", "state.h5", "--quiet", "--ranks", str(4 - ranks))
    assert content(traces) == content(whole)


@pytest.mark.parametrize("ranks", [ALONE, 2])
def test_weights(tmp_path: Path, disk: Path, ranks: int) -> None:
    (tmp_path / "model.py").write_text(TRACED + FAULT_OF_FILES)
    fill(disk, 200_000)
    weights = disk / "weights.h5"
    arguments = ("run", "model.py", "--quiet", "--time", "1", "--weights", str(weights))
    fails(tmp_path, ranks, weights, *arguments)
    assert [path.name for path in disk.iterdir()] == ["fill"]


FSYNC = "dies(os, 'fsync', OSError(errno.EIO, REASON), {!r})"
# After it HDF5 cannot close the file either.
FLUSH = "for name in ('flush', 'close'): dies(h5py.File, name, RuntimeError(REASON), {!r})"


@pytest.mark.parametrize(
    ("ranks", "fails_in", "model", "recorded"),
    [
        pytest.param(1, FSYNC, SPIKING, "spikes.h5", marks=ELSEWHERE),
        pytest.param(2, FLUSH, SPIKING, "spikes.h5", marks=ELSEWHERE),
        pytest.param(2, FSYNC, TRACED, "v.h5", marks=ELSEWHERE),
        pytest.param(1, FLUSH, TRACED, "v.h5", marks=pytest.mark.long),
    ],
    ids=["spikes", "spikes of ranks", "traces of ranks", "traces"],
)
def test_a_disk_that_dies_while_a_recording_is_secured(
    tmp_path: Path, ranks: int, fails_in: str, model: str, recorded: str
) -> None:
    (tmp_path / "model.py").write_text(f"{model}{FAULT}{DYING}\n{fails_in.format(recorded)}\n")
    arguments = ("run", "model.py", "--quiet", "--time", "300")
    files = ("--record", "spikes.h5", "--checkpoint", "state.h5", "--every", "100")
    with Job(tmp_path, *arguments, *files, "--ranks", str(ranks)) as job:
        status, text = job.end()
    assert seconds_since_fault(tmp_path) < SECONDS_TO_END
    where = f"rank 0 of {ranks}: " if ranks > 1 else ""
    assert text.startswith(f"distsnn: {where}{recorded}: {WHY}"), text
    assert (status, text.count("distsnn: "), text.count("Traceback")) == (1, 1, 0)
    (tmp_path / "model.py").write_text(model)
    run(tmp_path, "resume", "state.h5", "--quiet", "--model", "model.py")
    whole = ("--record", "whole.h5") if model is SPIKING else ("--set", "to='whole.h5'")
    run(tmp_path, *arguments, *whole)
    assert content(tmp_path / recorded) == content(tmp_path / "whole.h5")


@pytest.mark.skipif(not PARALLEL, reason="only ranks that write together can wait for each other")
@pytest.mark.parametrize(
    ("ranks", "function", "after", "error", "said"),
    [
        (2, "write", 7, "OSError(5, 'Input/output error')", REFUSED),
        (3, "flush", 2, "RuntimeError('Input/output error')", REFUSED),
        (2, "write", 6, "ValueError('no such space')", "ValueError: no such space\nTraceback"),
    ],
)
def test_an_error_of_one_rank_while_all_write(
    tmp_path: Path, ranks: int, function: str, after: int, error: str, said: str
) -> None:
    failing = FAILING.format(function=function, after=after, error=error)
    (tmp_path / "model.py").write_text(SPIKING + FAULT + failing)
    files = ("--record", "spikes.h5", "--checkpoint", "state.h5", "--every", "100")
    arguments = ("run", "model.py", "--quiet", "--time", "1800", *files)
    with Job(tmp_path, *arguments, "--ranks", str(ranks)) as job:
        status, text = job.end()
    assert seconds_since_fault(tmp_path) < SECONDS_TO_END
    assert text.startswith(f"distsnn: rank 1 of {ranks}: {said}"), text
    assert (status, text.count("distsnn: ")) == (1, 1)
    (tmp_path / "model.py").write_text(SPIKING)
    run(tmp_path, "resume", "state.h5", "--quiet", "--model", "model.py")
    run(tmp_path, "run", "model.py", "--quiet", "--time", "1800", "--record", "whole.h5")
    assert content(tmp_path / "spikes.h5") == content(tmp_path / "whole.h5")
