from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import FileError, ParameterError, RankError, UnknownNameError
from distsnn.exchange import World, run_loopback
from distsnn.record import edge_file


def network() -> tuple[snn.Network, snn.Synapses]:
    cells = snn.NeuronGroup(20, snn.LIF(I_e=400.0), name="cells")
    synapses = snn.Synapses(
        cells, cells[5:], snn.Exponential(5.0), weight=snn.Normal(10.0, 2.0), delay=1.5, name="S"
    )
    synapses.connect(snn.FixedIndegree(4))
    return snn.Network(cells, synapses, seed=3), synapses


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
def test_the_file_is_read(tmp_path: Path, compression: str | None) -> None:
    net, synapses = network()
    net.run(3.0)
    net.write_weights(snn.RecordingFile(tmp_path / "w.h5", compression, chunk=16))
    assert os.listdir(tmp_path) == ["w.h5"]
    file = snn.EdgeFile(tmp_path / "w.h5")
    (population,) = file.populations.values()
    assert (population.source, population.target) == ("cells", "cells")
    assert population.units == {"syn_weight": "pA", "delay": "ms", "dendritic_delay": "ms"}
    assert (file.header.start, file.header.end, file.header.seed) == (3.0, 3.0, 3)
    assert file.count("S") == 60
    edges = file.edges("S")
    np.testing.assert_array_equal(edges["source_node_id"], synapses.i)
    np.testing.assert_array_equal(edges["target_node_id"], synapses.j + 5)
    np.testing.assert_array_equal(file.values("S", "syn_weight"), synapses.weight)
    with pytest.raises(UnknownNameError, match="valid names are syn_weight, "):
        file.values("S", "weight")
    with pytest.raises(UnknownNameError, match="valid names are S"):
        file.count("T")


def test_errors(tmp_path: Path) -> None:
    net, synapses = network()
    with pytest.raises(ParameterError, match="the network has not run"):
        net.write_weights(tmp_path / "w.h5")
    net.run(0.0)
    net.write_weights(tmp_path / "w.h5", [synapses])
    with pytest.raises(FileError, match="the file exists"):
        net.write_weights(tmp_path / "w.h5")
    with pytest.raises(ParameterError, match="synapses that are not part"):
        net.write_weights(tmp_path / "w.h5", [network()[1]])
    net.run(1.0, record=tmp_path / "spikes.h5")
    with pytest.raises(FileError, match="no whole file of synapses"):
        snn.EdgeFile(tmp_path / "spikes.h5")


def test_an_error_at_the_beginning_is_one_of_all_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise FileError("w.h5", "the disk is full")

    monkeypatch.setattr(edge_file, "reserve_disk_space", full)

    def write(world: World) -> None:
        net, _ = network()
        net.run(0.0)
        with pytest.raises(RankError, match="the disk is full"):
            net.write_weights(tmp_path / "w.h5")
        world.barrier()

    run_loopback(2, write, timeout=60.0)
    assert os.listdir(tmp_path) == []


def test_options_are_checked() -> None:
    with pytest.raises(ParameterError, match=r"compression='zip'; .* gzip, lzf"):
        snn.RecordingFile("x.h5", "zip")
    for chunk in (0, 1.5, True):
        with pytest.raises(ParameterError, match="chunk is a whole number > 0"):
            snn.RecordingFile("x.h5", chunk=chunk)


def test_libsonata_reads_the_file(tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata")
    net, synapses = network()
    net.run(0.0)
    net.write_weights(tmp_path / "w.h5")
    storage = libsonata.EdgeStorage(str(tmp_path / "w.h5"))
    assert storage.population_names == {"S"}
    population = storage.open_population("S")
    assert population.size == 60
    assert (population.source, population.target) == ("cells", "cells")
    chosen = libsonata.Selection([(0, 60)])
    np.testing.assert_array_equal(population.source_nodes(chosen), synapses.i)
    np.testing.assert_array_equal(population.get_attribute("syn_weight", chosen), synapses.weight)
