from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import FileError, ParameterError
from distsnn.exchange import run_loopback
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.checkpoint_writer import ROOT
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import GROUP
from distsnn.record.files.seal import seal
from tests.saved_networks import MAKERS, continued, ready, same, text


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the network of ready models at 20 ms, and its recording beside it."""
    folder = tmp_path_factory.mktemp("saved")
    net, _ = ready()
    net.run(20.0, record=folder / "spikes.h5")
    net.save(folder / "state.h5")
    return folder / "state.h5"


def small(**given: object) -> snn.Network:
    cells = snn.NeuronGroup(3, snn.LIF(**{"I_e": 400.0, **given}), name="cells")
    return snn.Network(cells, snn.SpikeMonitor(cells, name="spikes"))


def test_a_network_goes_back_to_where_it_was(saved: Path) -> None:
    net, results = ready()
    net.load(saved)
    assert net.t == 20.0
    net.run(15.0)
    once = results()
    net.run(3.0)
    net.load(saved)
    assert net.t == 20.0
    net.run(15.0)
    same(results(), once)


def test_run_on_its_own_saves(tmp_path: Path) -> None:
    snn.start_scope()
    cells = snn.NeuronGroup(3, snn.LIF(I_e=400.0), name="cells")
    spikes = snn.SpikeMonitor(cells, name="spikes")
    snn.run(25.0, checkpoint=tmp_path / "state.h5", every=10.0)
    assert CheckpointFile(tmp_path / "state.h5").t == 25.0
    snn.run(15.0)
    net = small()
    net.load(tmp_path / "state.h5")
    net.run(15.0)
    np.testing.assert_array_equal(net.monitors[0].t, spikes.t)


def test_the_class_loads_what_run_on_its_own_would_run(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.h5"

    def run(begins: bool) -> tuple[list[float], list[float]]:
        snn.start_scope()
        cells = snn.NeuronGroup(3, snn.LIF(I_e=800.0), name="cells")
        spikes = snn.SpikeMonitor(cells, name="spikes")
        if begins:
            snn.run(25.0, checkpoint=path)
        else:
            assert snn.Network.load(path).t == 25.0
        snn.run(15.0)
        return spikes.i.tolist(), spikes.t.tolist()

    whole = run(True)
    assert len(whole[0]) > 3
    for size in (1, 2, 3, 4, 7):
        assert run_loopback(size, lambda _: run(False)) == [whole] * size
    snn.start_scope()
    with pytest.raises(ParameterError, match="the network is not the one that was saved"):
        snn.Network.load(saved)


@pytest.mark.parametrize("kind", MAKERS)
def test_saving_before_the_first_run(kind: str, tmp_path: Path) -> None:
    net, _ = MAKERS[kind]()
    net.save(tmp_path / "state.h5")
    same(continued(MAKERS[kind], 12.0, tmp_path / "state.h5"), continued(MAKERS[kind], 12.0))


def test_what_was_assigned_between_runs(tmp_path: Path) -> None:
    net, results = text()
    net.run(10.0)
    net.groups[0].I = "2*I"
    net.groups[0].I = "I + 0.1*rand()"
    net.groups[0].v = 0.3
    net.synapses[1].c = "0.1*i"
    net.run(5.0)
    net.save(tmp_path / "state.h5")
    net.groups[0].I = snn.Normal(1.5, 0.3)
    net.run(10.0)
    assert "synapses/T/c" in CheckpointFile(tmp_path / "state.h5")

    again, found = text()
    again.load(tmp_path / "state.h5")
    again.groups[0].I = snn.Normal(1.5, 0.3)
    again.run(10.0)
    same(found(), results())
    # And back to one that knows nothing of it.
    first, plain = text()
    first.run(4.0)
    first.save(tmp_path / "first.h5")
    first.run(6.0)
    first.synapses[1].c = 7.0
    first.groups[0].v = 0.5
    first.groups[0].I = 5.0
    first.load(tmp_path / "first.h5")
    first.run(6.0)
    same(plain(), continued(text, 10.0))
    again.load(tmp_path / "first.h5")
    again.run(6.0)
    same(found(), plain())
    # Draws of assignments depend on what was assigned before.
    drawn = []
    for one in (first, again):
        one.groups[0].v = snn.Uniform(0, 1)
        one.groups[0].I = snn.Uniform(1, 2)
        drawn.append([np.array(one.groups[0].v), np.array(one.groups[0].I)])
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_another_network_is_refused_with_the_difference(saved: Path) -> None:
    net, _ = ready(I_e=381.0)
    with pytest.raises(ParameterError, match=r"cells\.model\.I_e is 381.0 and was 380.0; a check"):
        net.load(saved)
    with pytest.raises(ParameterError, match="seed is 4 and was 3"):
        ready(seed=4)[0].load(saved)
    with pytest.raises(ParameterError, match=r"; and \d+ more; a checkpoint continues"):
        small().load(saved)


def test_an_error_is_the_same_on_all_ranks(saved: Path) -> None:
    def job(_: object) -> str:
        with pytest.raises(ParameterError) as caught:
            ready(seed=4)[0].load(saved)
        return str(caught.value)

    assert len(set(run_loopback(3, job))) == 1


def test_other_monitors(tmp_path: Path) -> None:
    net = small()
    net.run(10.0)
    net.save(tmp_path / "state.h5")
    cells = snn.NeuronGroup(3, snn.LIF(I_e=400.0), name="cells")
    trace = snn.StateMonitor(cells, "V_m", [1], name="trace")
    again = snn.Network(cells, trace)
    again.load(tmp_path / "state.h5")
    again.run(1.0)
    assert trace.t[0] == pytest.approx(10.0)
    assert trace.V_m.shape == (1, 10)
    cells = snn.NeuronGroup(3, snn.LIF(I_e=400.0), name="cells")
    other = snn.Network(cells, snn.SpikeMonitor(cells[:2], name="spikes"))
    with pytest.raises(FileError, match=r"spikes records .* and recorded "):
        other.load(tmp_path / "state.h5")


def test_a_checkpoint_replaces_nothing_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"
    net = small()
    net.save(path)
    net.run(1.0)
    net.save(path)
    assert CheckpointFile(path).t == 1.0
    for refused in (
        lambda: small().save(path),
        lambda: small().run(1.0, checkpoint=path),
    ):
        with pytest.raises(FileError, match="the file exists; a checkpoint replaces nothing"):
            refused()
    assert CheckpointFile(path).t == 1.0
    small().run(3.0, checkpoint=path, overwrite=True)
    assert CheckpointFile(path).t == 3.0
    again = small()
    again.load(path)
    again.run(4.0, checkpoint=path)
    assert CheckpointFile(path).t == 7.0
    assert os.listdir(tmp_path) == ["state.h5"]


def test_two_jobs_with_one_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"

    looked = []

    def meanwhile(*spikes: np.ndarray) -> None:
        with pytest.raises(FileError, match="another job is writing this checkpoint"):
            small().save(path)
        looked.append(spikes)

    net = small()
    vars(net.monitors[0])["read_spikes"] = meanwhile
    net.run(40.0, checkpoint=path)
    assert looked
    small().save(path, overwrite=True)
    assert os.listdir(tmp_path) == ["state.h5"]


@pytest.mark.parametrize("place", ["no/state.h5", "."])
def test_where_nothing_can_be_written(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((FileError, ParameterError), match=r"cannot be written|this is a folder"):
        small().run(1.0, checkpoint=place)
    assert os.listdir(tmp_path) == []


def test_every(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"every=1.0 ms without checkpoint"):
        small().run(1.0, every=1.0)
    for every in (0.0, 0.04, -1.0):
        with pytest.raises(ParameterError, match=f"every={every}"):
            small().run(1.0, checkpoint=tmp_path / "state.h5", every=every)


def test_a_damaged_checkpoint_is_refused(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    path = tmp_path / "state.h5"
    for size in (0, 10, 1000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(FileError, match=r"cannot be read as HDF5 .*whole checkpoint"):
            ready()[0].load(path)
    with pytest.raises(FileError, match="there is no such file"):
        ready()[0].load(tmp_path / "none.h5")
    with pytest.raises(FileError, match="no group /checkpoint; only checkpoints"):
        ready()[0].load(saved.with_name("spikes.h5"))
    for lost, message in (
        ("neurons/cells/V_m", "neurons/cells/V_m is missing"),
        ("flight/gid", "flight/gid is missing"),
    ):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            del file[lost]
            seal(file, ROOT)
        with pytest.raises(FileError, match=message):
            ready()[0].load(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        del file["checkpoint"].attrs["complete"]
        seal(file, ROOT)
    with pytest.raises(FileError, match="complete of /checkpoint is missing"):
        ready()[0].load(path)
    with h5py.File(path, "r+") as file:
        file["checkpoint"].attrs["format"] = 99
    with pytest.raises(FileError, match="format 99; this version reads format 2"):
        ready()[0].load(path)


def test_a_recording_that_does_not_go_on(saved: Path, tmp_path: Path) -> None:
    record = saved.with_name("spikes.h5")
    whole = record.read_bytes()
    net, _ = ready()
    net.load(saved)
    net.run(1.0)
    with pytest.raises(ParameterError, match=r"was recorded up to 20 ms and the network has run"):
        net.run(1.0, record=record)
    # Another one begins where the network is.
    net.run(1.0, record=tmp_path / "other.h5")
    assert snn.SpikeFile(tmp_path / "other.h5").header.start == pytest.approx(21.0)
    net.load(saved)
    with h5py.File(record, "r+") as file:
        for column in ("timestamps", "node_ids"):
            del file["spikes/cells"][column]
            file["spikes/cells"][column] = np.zeros(1)
        seal(file, GROUP)
    with pytest.raises(FileError, match="the file has 1 spikes of cells; there were "):
        net.run(1.0, record=record)
    record.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="cannot be read as HDF5"):
        net.run(1.0, record=record)
    record.unlink()
    with pytest.raises(FileError, match="there is no such file"):
        net.run(1.0, record=record)
    record.write_bytes(whole)
    net.run(1.0, record=record)
    assert snn.SpikeFile(record).header.end == pytest.approx(21.0)
    record.write_bytes(whole)
    assert not partial_path(record).exists()


def test_what_names_meant_is_saved_and_what_they_mean_now_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, space = tmp_path / "state.h5", {"rate": 1.2}

    def made(namespace: dict[str, float]) -> tuple[snn.Network, snn.NeuronGroup]:
        equations = "dv/dt = (rate - v)/(10*ms) : 1"
        group = snn.NeuronGroup(2, equations, namespace=namespace, name="G")
        return snn.Network(group), group

    net, group = made(space)
    net.run(3.0)
    space["rate"] = 2.5
    net.run(3.0)
    net.save(path)
    net.run(5.0)
    again = {"rate": 1.2}
    other, found = made(again)
    other.load(path)
    again["rate"] = 2.5
    other.run(5.0)
    np.testing.assert_array_equal(np.array(found.v), np.array(group.v))
    assert not caplog.records
    third, _ = made({"rate": 1.2})
    third.load(path)
    third.run(5.0)
    assert "G: rate was 2.5 when the network was saved; it is 1.2 in the code" in caplog.text


def test_files_of_one_run_are_checked_before_its_first_step(tmp_path: Path) -> None:
    path, link = tmp_path / "one.h5", tmp_path / "two.h5"
    os.symlink(path, link)
    cells = snn.NeuronGroup(3, snn.LIF(I_e=400.0), name="cells")
    trace = snn.StateMonitor(cells, "V_m", True, to=path, name="trace")
    net = snn.Network(cells, trace)
    for files in ({"record": link}, {"checkpoint": link}, {"record": tmp_path / ".one.h5.partial"}):
        with pytest.raises(ParameterError, match="is to be the traces of trace and the"):
            net.run(1.0, **files)
    other = tmp_path / "other.h5"
    with pytest.raises(ParameterError, match="is to be the checkpoint and the spikes"):
        net.run(1.0, record=other, checkpoint=other, overwrite=True)
    assert (net.t, os.listdir(tmp_path)) == (0.0, ["two.h5"])
    net.run(1.0, record=other)
    with pytest.raises(ParameterError, match="is to be the checkpoint and the spikes"):
        net.save(other, overwrite=True)
    with pytest.raises(ParameterError, match="is to be the traces of trace and the weights"):
        net.write_weights(link, overwrite=True)
