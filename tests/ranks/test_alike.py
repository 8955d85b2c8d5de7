"""Ranks that describe different networks, or call different things, say so before they begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import Call, World, agree

LIKE_IT = "all ranks run the same script with the same values"


def network(
    *,
    tau: float = 10.0,
    start: object = 0.5,
    weight: object = 0.2,
    drive: object = (1.0, 2.0),
    seed: int = 1,
    threads: int = 1,
    record: object = True,
    dt: float = 0.1,
    p: float = 0.5,
    extra: bool = False,
) -> snn.Network:
    """A network in which everything that a rank could describe by itself can differ."""
    stimulus = snn.TimedArray(list(drive), dt=1.0, name="stimulus")
    cells = snn.NeuronGroup(
        6,
        "dv/dt = (stimulus(t) - v)/tau : 1",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        namespace={"tau": tau, "stimulus": stimulus},
        name="cells",
    )
    cells.v = start
    made = snn.Synapses(cells, cells, "w : 1", on_pre="v_post += w", name="made")
    made.connect(p=p)
    made.w = weight
    spikes = snn.StateMonitor(cells, "v", record=record, name="trace")
    more = [snn.SpikeMonitor(cells, name="extra")] if extra else []
    return snn.Network(cells, made, spikes, *more, dt=dt, seed=seed, threads=threads)


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    with pytest.raises(snn.ParameterError) as caught:
        yield
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def odd(world: World, usual: object, other: object) -> object:
    """Another value on the last rank."""
    return other if world.rank == world.size - 1 else usual


@pytest.mark.ranks(1, 3)
def test_networks_that_differ_between_ranks_are_refused_by_name(
    world: World, shared_path: Path, tmp_path: Path
) -> None:
    last = world.size - 1
    if world.size == 1:
        # Alone a network is like itself.
        network(start=np.random.default_rng().random(6)).run(0.1)
        return
    most = "on ranks 0 and 1"
    cases: list[tuple[str, object, object, str]] = [
        ("tau", 10.0, 11.0, f"cells.model.names.numbers.tau is 10.0 {most}, 11.0 on rank {last}"),
        ("seed", 1, 2, f"seed is 1 {most}, 2 on rank {last}"),
        ("threads", 1, 2, f"threads is 1 {most}, 2 on rank {last}"),
        ("dt", 0.1, 0.2, f"dt is 0.1 {most}, 0.2 on rank {last}"),
        ("p", 0.5, 0.6, f"0.6 on rank {last}"),
        ("start", np.zeros(6), np.ones(6), "cells.assignments.0.value is an array (6,)"),
        ("start", "rand()", "randn()", "'randn()'"),
        ("weight", "0.1*i", "0.2*i", "made."),
        ("drive", (1.0, 2.0), (1.0, 3.0), "cells.model.names.arrays.stimulus"),
        ("record", True, [0], "trace is recording"),
        ("extra", False, True, "monitors is StateMonitor trace"),
    ]
    for name, usual, other, said in cases:
        net = network(**{name: odd(world, usual, other)})
        with refused("Network.run: ", said, LIKE_IT):
            net.run(1.0)
    # Each rank has drawn by itself, as with an unseeded generator.
    with refused("array (6,)", "on rank 0,", "on rank 1,", "on rank 2;", "the same seed"):
        network(start=np.full(6, 0.1 * world.rank)).run(1.0)
    net = network()
    calls: list[tuple[Callable[[], object], str]] = [
        (
            lambda: net.run(odd(world, 1.0, 2.0)),
            f"argument duration is 1.0 {most}, 2.0 on rank {last}",
        ),
        (lambda: net.run(1.0, record=tmp_path / "x.h5"), "argument record is RecordingFile"),
        (lambda: net.run(1.0, overwrite=odd(world, False, True)), "argument overwrite is False"),
        (
            lambda: net.run(1.0, checkpoint=shared_path / "x.h5", every=odd(world, 1.0, 2.0)),
            "argument every is 1.0",
        ),
        (lambda: net.save(tmp_path / "x.h5"), "Network.save: ranks"),
        (lambda: net.load(tmp_path / "x.h5"), "Network.load: ranks"),
        (
            lambda: odd(world, net.run, net.save)(odd(world, 1.0, shared_path / "y.h5")),
            f"ranks do different things: Network.run {most}, Network.save on rank {last}",
        ),
        (
            lambda: (
                agree(world, Call("one")) if world.rank else agree(world, Call("other", {"a": 1}))
            ),
            "ranks do different things: other on rank 0, one on ranks 1 and 2",
        ),
    ]
    for call, said in calls:
        with refused(said):
            call()
    assert net.run(1.0).duration == pytest.approx(1.0)
    # What is set between runs.
    net["cells"].v = odd(world, 0.1, 0.2)
    with refused(f".value is 0.1 {most}, 0.2 on rank {last}"):
        net.run(1.0)
    net["cells"].v = 0.3
    net.run(1.0)
    assert not list(shared_path.iterdir())


@pytest.mark.ranks(3)
def test_values_of_synapses_set_between_runs(world: World, shared_path: Path) -> None:
    net = network()
    net.run(1.0)
    net["made"].w = odd(world, 0.1, 0.2)
    with refused("made", "0.1 on ranks 0 and 1, 0.2 on rank 2"):
        net.run(1.0)
    with refused("argument synapses is ['made'] on ranks 0 and 1, [] on rank 2"):
        net.write_weights(shared_path / "w.h5", odd(world, [net["made"]], []))
    again = network()
    again.run(1.0)
    if world.rank == 0:
        again["made"].w = "0.5"
    with refused("made", "not there on ranks 1 and 2"):
        again.save(shared_path / "x.h5")
