"""Two recordings are compared row by row; the first difference is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import cli
from distsnn.errors import FileError
from distsnn.record import comparison
from distsnn.record.comparison import compare_recordings
from distsnn.record.files.header import RecordingHeader
from distsnn.record.spikes.spike_file import SpikeFileWriter

HEADER = RecordingHeader(7, 0.1, "d" * 64)


def write_spikes(
    path: Path, steps: Sequence[int], who: Sequence[int], header: RecordingHeader = HEADER
) -> Path:
    writer = SpikeFileWriter(path, header, [("E", 9), ("I", 4)])
    writer.append("E", steps, who)
    writer.append("I", [2, 5], [3, 1])
    writer.finish(40)
    return path


@pytest.mark.parametrize("at_once", [1 << 21, 4])
def test_spikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(comparison, "_VALUES", at_once)
    steps, who = [1, 3, 3, 8, 20], [2, 0, 4, 1, 1]
    a = write_spikes(tmp_path / "a.h5", steps, who)
    same = write_spikes(tmp_path / "same.h5", steps, who, RecordingHeader(8, 0.1, "d" * 64))
    found = compare_recordings(a, same)
    assert found.same
    assert str(found) == (
        f"{a} and {same}: the same data\n"
        "E (9 neurons)  5 rows, the same\nI (4 neurons)  2 rows, the same\nseed           7 and 8"
    )
    for name, other, said in (
        ("more", ([1, 3, 3, 3, 8, 20], [2, 0, 4, 5, 1, 1]), "0.3 ms, a spike of neuron 5"),
        ("later", ([*steps, 21], [*who, 0]), "2.1 ms, a spike of neuron 0"),
    ):
        b = write_spikes(tmp_path / f"{name}.h5", *other)
        for first, second in ((a, b), (b, a)):
            found = compare_recordings(first, second)
            assert not found.same
            assert f"rows, they part at {said}, which only {b} has\n" in str(found)
            assert str(found).endswith("2 rows, the same")
    other = write_spikes(tmp_path / "who.h5", steps, [2, 0, 3, 1, 1])
    assert f"0.3 ms, a spike of neuron 3, which only {other} has" in str(
        compare_recordings(a, other)
    )


def test_times_that_are_recorded_belong_to_the_data(tmp_path: Path) -> None:
    a = write_spikes(tmp_path / "a.h5", [1], [2])
    b = write_spikes(tmp_path / "b.h5", [1], [2], RecordingHeader(7, 0.1, "d" * 64, 1))
    found = compare_recordings(a, b)
    assert not found.same
    assert "0 to 4 ms and 0.1 to 4 ms" in str(found)


def record(folder: Path, drive: float, weight: float) -> tuple[Path, Path, Path, Path]:
    snn.start_scope()
    cells = snn.NeuronGroup(5, snn.LIF(I_e=np.linspace(380.0, drive, 5)), name="cells")
    learning = snn.Synapses(
        cells, cells, snn.Exponential(4.0, name="exc"), weight=weight, delay=0.5, name="learning"
    )
    learning.connect(snn.FixedIndegree(2))
    traces = snn.StateMonitor(cells, "V_m", [1, 4], to=folder / "traces.h5")
    network = snn.Network(cells, learning, traces, dt=0.1, seed=3)
    network.run(20.0, record=folder / "spikes.h5")
    network.write_weights(folder / "weights.h5")
    if drive > 700.0:
        cells.C_m = 260.0
    network.save(folder / "state.h5")
    return tuple(folder / f"{name}.h5" for name in ("spikes", "traces", "weights", "state"))


def test_traces_and_synapses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    a, b = (record(folder, 700.0, 30.0) for folder in folders[:2])
    c = record(folders[2], 701.0, 31.0)
    for first, again in zip(a, b, strict=True):
        assert compare_recordings(first, again).same
    text = str(compare_recordings(a[1], c[1]))
    # The voltage of neuron 1 is the first: its own current is another one.
    assert "V_m of cells (2)  200 rows, they part at 0.1 ms, element 1: V_m (mV) is -" in text
    values = [snn.ReportFile(path).values("V_m").astype(float) for path in (a[1], c[1])]
    greatest = np.abs(values[0] - values[1]).max()
    assert f"greatest difference of V_m (mV): {greatest:g}\n" in text
    text = str(compare_recordings(a[2], c[2]))
    assert "learning  10 rows, they part at neurons 0 to " in text
    assert "syn_weight (pA) is 30 and 31" in text
    assert "greatest difference of syn_weight (pA): 1\n" in text
    for other in (a[1], a[3]):
        with pytest.raises(FileError, match="is another kind of file"):
            compare_recordings(a[0], other)
    found = compare_recordings(a[3], c[3])
    assert not found.same
    text = str(found)
    for said in (
        f"{a[3]} and {c[3]}: not the same data\n",
        "V_m of cells                       5 rows, they part at neuron 0: V_m is -",
        "greatest difference of V_m: ",
        "C_m that was set in cells          none and 260.0\n",
        "network: learning.weight           30.0 and 31.0",
    ):
        assert said in text, text

    for other, status in ((b[0], 0), (c[0], 1), (a[1], 2), (tmp_path / "none.h5", 2)):
        with pytest.raises(SystemExit) as end:
            cli.main(["compare", str(a[0]), str(other)])
        assert end.value.code == status
    said = capsys.readouterr()
    assert said.out.startswith(f"{a[0]} and {b[0]}: the same data\n")
    assert said.err.count("distsnn: ") == 2


def test_neurons_that_have_not_spiked(tmp_path: Path) -> None:
    files = [tmp_path / "silent.h5", tmp_path / "spiking.h5"]
    for path, current in zip(files, (0.0, 500.0), strict=True):
        cells = snn.NeuronGroup(2, snn.LIF(), name="cells")
        cells.I_e = current
        net = snn.Network(cells)
        net.run(20.0)
        net.save(path)
    text = str(compare_recordings(*files))
    assert "last_spike is never and 138\n" in text
    assert "greatest difference of last_spike: inf\n" in text
