"""Errors in the middle of a run: where it stops, values are read, and it goes on or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import FileError, ParameterError, RankError
from distsnn.exchange import World
from distsnn.front.recording import spike_recording
from tests.recorded import content


def network(folder: Path | None = None) -> snn.Network:
    cells = snn.NeuronGroup(7, snn.LIF(I_e=np.linspace(380.0, 500.0, 7)), name="cells")
    G = snn.NeuronGroup(
        5, "dv/dt = (1.2 - v)/(9*ms) : 1", threshold="v > 1", reset="v = 0", name="G"
    )
    exc = snn.Exponential(5.0)
    learned = snn.Synapses(
        cells, cells, exc, weight=30.0, delay=1.0, stdp=snn.STDP(0.5, 0.4, w_max=100.0), name="L"
    )
    learned.connect(p=0.7)
    S = snn.Synapses(
        G, G, "w : 1\nn : integer", on_pre="v_post += w*rand(); n += 1; w = w*0.999", name="S"
    )
    S.connect(condition="i != j")
    S.w = 0.01
    spikes = snn.SpikeMonitor(G, name="spikes")
    to = None if folder is None else snn.RecordingFile(folder / "v.h5")
    trace = snn.StateMonitor(G, "v", True, dt=0.5, to=to, name="trace")
    return snn.Network(cells, G, learned, S, spikes, trace, seed=3)


def values(net: snn.Network) -> list[list[float]]:
    views = net["cells"].V_m, net["G"].v, net["L"].w, net["S"].w, net["S"].n, net["spikes"].t
    return [np.asarray(view[:]).tolist() for view in views] + [np.asarray(net["trace"].v).tolist()]


def stops(net: snn.Network, world: World, kind: type[BaseException], **options: Any) -> float:
    """Let a run be stopped by an error of the user's function; when it stopped (ms)."""

    def fails(elapsed: float, done: float, start: float, duration: float) -> None:
        if done > 0.0:
            raise kind("mine")

    expected = kind if world.rank == 0 else RankError
    with pytest.raises(expected, match="mine"):
        net.run(3_000.0, report=fails, report_period=1e-3, **options)
    times = world.allgather_object(net.t)
    assert 0.0 < times[0] < 3_000.0
    assert set(times) == {net.t}
    return net.t


@pytest.mark.ranks(1, 2, 3)
def test_a_function_that_fails_stops_the_run(world: World, shared_path: Path) -> None:
    folders = [shared_path / name for name in ("stopped", "whole")]
    if world.rank == 0:
        for folder in folders:
            folder.mkdir()
    world.barrier()
    net, whole = (network(folder) for folder in folders)
    files = [folder / "spikes.h5" for folder in folders]
    net.run(5.0, record=files[0])
    until = stops(net, world, ValueError, record=files[0])
    whole.run(5.0, record=files[1])
    whole.run(until - 5.0, record=files[1])
    assert net["spikes"].t.tolist() == whole["spikes"].t.tolist()
    for name in ("L", "S"):
        assert net[name].w[:].tolist() == whole[name].w[:].tolist()
    assert net["G"].v[:].tolist() == whole["G"].v[:].tolist()
    # It goes on, also in its files.
    net.run(20.0, record=files[0])
    whole.run(20.0, record=files[1])
    assert values(net) == values(whole)
    world.barrier()
    for name in ("spikes.h5", "v.h5"):
        assert content(folders[0] / name) == content(folders[1] / name)
    if world.size == 1:
        stops(net, world, KeyboardInterrupt)
        # An error at the end is after the last step.
        at = net.t

        def fails_at_the_end(elapsed: float, done: float, *_: float) -> None:
            assert done < 1.0

        with pytest.raises(AssertionError):
            net.run(10.0, report=fails_at_the_end)
        assert net.t == at + 10.0


@pytest.mark.ranks(1, 2, 3)
def test_what_the_function_cannot_do(world: World, shared_path: Path) -> None:
    """It would see other values on one rank than on several, or wait for ranks that do not come."""
    net = network()
    cells, G, L, S = (net[name] for name in ("cells", "G", "L", "S"))
    net.run(5.0)
    before = G.v[:].tolist()
    acts = [
        lambda: G.v[:],
        lambda: np.asarray(G.v),
        lambda: cells.V_m[0],
        lambda: G.lastspike[:],
        lambda: S.w[:],
        lambda: L.w[:],
        lambda: S.n[0],
        lambda: setattr(G, "v", 0.5),
        lambda: setattr(S, "w", 0.5),
        lambda: setattr(L, "w", 0.5),
        lambda: net.run(1.0),
        lambda: net.save(shared_path / "no.h5"),
        lambda: net.load(shared_path / "no.h5"),
        lambda: net.write_weights(shared_path / "no.h5"),
    ]
    times = []

    def looks(*_: float) -> None:
        times.append(net.t)
        for act in acts:
            with pytest.raises(ParameterError, match="asked for by the function"):
                act()

    net.run(5.0, report=looks)
    assert (times[:1] == [5.0] and times[-1] == 10.0) if world.rank == 0 else not times
    other = network()
    other.run(5.0)
    assert other["G"].v[:].tolist() == before
    other.run(5.0)
    assert values(net) == values(other)


@pytest.mark.ranks(1, 2)
def test_after_a_file_has_failed_values_are_those_of_the_stop(
    world: World, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = spike_recording.SpikeFileWriter.append

    def append(writer: Any, group: str, steps: np.ndarray, index: np.ndarray) -> None:
        if steps[-1] > 200:
            path = str(writer.path)
            raise FileError(path, "the file cannot be written", path=path)
        plain(writer, group, steps, index)

    net, whole = network(), network()
    net.run(5.0)
    with monkeypatch.context() as patched:
        patched.setattr(spike_recording.SpikeFileWriter, "append", append)
        with pytest.raises(FileError if world.rank == 0 else RankError, match="cannot be written"):
            net.run(3_000.0, record=shared_path / "spikes.h5")
    assert 20.0 < net.t < 3_000.0
    whole.run(5.0)
    whole.run(net.t - 5.0)
    assert values(net) == values(whole)
    with pytest.raises(ParameterError, match=f"stopped at {net.t:g} ms: .*cannot be written"):
        net.run(1.0)
    net.save(shared_path / "state.h5")
    net.load(shared_path / "state.h5")
    net.run(10.0)
    whole.run(10.0)
    assert values(net) == values(whole)


def test_values_of_no_single_step_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, whole = network(), network()
    net.run(5.0)
    net.save(tmp_path / "state.h5")

    def read_spikes(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(snn.SpikeMonitor, "read_spikes", read_spikes)
        with pytest.raises(MemoryError):
            net.run(50.0)
    for act in (lambda: net["G"].v[:], lambda: net["S"].w[:], lambda: net.run(1.0)):
        with pytest.raises(ParameterError, match="broke off within a step: MemoryError"):
            act()
    net.load(tmp_path / "state.h5")
    net.run(10.0)
    whole.run(5.0)
    whole.run(10.0)
    assert values(net) == values(whole)


@pytest.mark.parametrize("when", ["start", "after_thresholds", "end"])
def test_an_operation_that_fails_ends_the_run_after_its_step(when: str) -> None:
    net, whole = network(), network()
    times: list[float] = []

    @snn.network_operation(dt=0.5, when=when, name="fails")
    def fails(t: float) -> None:
        times.append(t)
        if len(times) == 14:
            raise ValueError("mine")

    net.add(fails)
    with pytest.raises(ValueError, match="mine"):
        net.run(20.0)
    assert 6.5 <= net.t <= 6.6 + 1e-9
    whole.run(net.t)
    assert values(net) == values(whole)
    net.run(10.0 - net.t)
    whole.run(10.0 - whole.t)
    assert values(net) == values(whole)
