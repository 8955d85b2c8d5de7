"""Groups and synapses that are added to a network that has run.

What was there goes on as if nothing had been added; what is new sees no earlier spike. On any
number of ranks, to the last bit, also from a checkpoint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms, pA
from distsnn.errors import ParameterError
from distsnn.exchange import World
from tests.alone import alone

TRACES = "w : 1\ndp/dt = -p/(9*ms) : 1 (event-driven)"


class Script:
    """A network with synapses of all kinds, and what is added to it."""

    def __init__(self, acting: bool = True) -> None:
        exc = self.exc = snn.Exponential(3 * ms, name="exc")
        self.P = snn.PoissonGroup(17, np.linspace(100, 500, 17) * snn.Hz, name="P")
        self.A = snn.NeuronGroup(19, snn.LIF(I_e=np.linspace(300, 420, 19) * pA), name="A")
        self.A.attach(exc)
        self.G = snn.NeuronGroup(
            7, "dv/dt = (1.2 - v)/(9*ms) : 1", threshold="v > 1", reset="v = 0",
            events={"low": "v < 0.1"}, method="exact", name="G",
        )  # fmt: skip
        self.G.v = "rand()"
        S = snn.Synapses(self.P, self.A, exc, weight=150.0, delay=snn.Uniform(0.5, 2.5), name="S")
        S.connect(p=0.4)
        W = snn.Synapses(
            self.P,
            self.A,
            exc,
            weight=60.0,
            delay=1.2,
            stdp=snn.STDP(2.0, 2.2, w_max=150.0),
            name="W",
        )
        W.connect(p=0.5)
        F = snn.Synapses(self.P, self.A, exc, weight=90.0, delay=0.7, stp=snn.STP(U=0.3), name="F")
        F.connect(p=0.3)
        Q = self._traced(self.A, "Q")
        self.old = [S, W, F, Q]
        self.net = snn.Network(self.P, self.A, self.G, *self.old, seed=4)
        self.M = [snn.SpikeMonitor(x) for x in (self.P, self.A, self.G)]
        self.V = snn.StateMonitor(self.A, "V_m", record=True, dt=0.5 * ms)
        self.acting = acting

    def _traced(self, source: Any, name: str) -> snn.Synapses:
        made = snn.Synapses(
            source, self.G, TRACES, on_pre="p += 1; v_post += 0.01*w*p", on_post="w *= 0.99",
            name=name,
        )  # fmt: skip
        made.connect(p=0.5)
        made.w = "0.2 + rand()"
        made.p = 0.5
        made.delay = 0.9 * ms
        return made

    def further(self) -> list[Any]:
        """What is added: a group, its input, and synapses of each kind to it and, perhaps, back."""
        own = snn.Exponential(2 * ms, name="own")
        B = self.B = snn.NeuronGroup(11, snn.LIF(I_e=360 * pA), name="B")
        B.attach(own)
        made: list[Any] = [B, snn.PoissonInput(B, own, 10, 20 * snn.Hz, 80.0, name="I")]
        plastic = snn.STDP(2.0, 2.2, w_max=150.0)
        made += [
            snn.Synapses(self.A, B, own, weight=200.0, delay=snn.Uniform(0.5, 3.0), name="S2"),
            snn.Synapses(self.P, B, own, weight=70.0, delay=1.2, stdp=plastic, name="W2"),
            snn.Synapses(self.P, B, own, weight=90.0, delay=0.7, stp=snn.STP(U=0.3), name="F2"),
        ]
        if self.acting:
            made.append(
                snn.Synapses(B, self.A, self.exc, weight=120.0, delay=1.1, stdp=plastic, name="W3")
            )
        for one in made[2:]:
            one.connect(p=0.5)
        if self.acting:
            made.append(self._traced(B, "Q2"))
            self.old[0].connect(p=0.1)
        self.MB = snn.SpikeMonitor(B)
        return made

    def found(self) -> dict[str, np.ndarray]:
        found = {f"t {m.name}": np.array(m.t) for m in [*self.M, self.MB]}
        found |= {f"i {m.name}": np.array(m.i) for m in [*self.M, self.MB]}
        found["V_m"] = np.array(self.V.V_m)
        for name in ("W", "W2", "W3", "S"):
            if name in self.net:
                found[f"w {name}"] = np.array(self.net[name].w[:])
        for name in ("Q", "Q2"):
            if name in self.net:
                found |= {f"{x} {name}": np.array(getattr(self.net[name], x)[:]) for x in "wp"}
        return found


def extended(acting: bool = True, then: float = 25.0, save: Path | None = None) -> Script:
    script = Script(acting)
    net = script.net
    net.add(*script.M, script.V)
    net.run(20.3)
    net.add(script.further(), script.MB)
    net.run(10.0)
    if save is not None:
        net.save(save)
    net.run(then)
    return script


def test_what_was_there_goes_on_as_before(tmp_path: Path) -> None:
    script = extended(acting=False)
    other = Script()
    other.net.add(*other.M, other.V)
    other.net.run(55.3)
    other.MB = script.MB
    before, now = other.found(), script.found()
    assert script.MB.num_spikes > 10
    assert min(script.MB.t) > 20.3
    for name in before:
        assert before[name].tobytes() == now[name].tobytes(), name


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_ranks_and_checkpoints(world: World, tmp_path: Path) -> None:
    folder = world.bcast_object(tmp_path)

    def one() -> dict[str, np.ndarray]:
        return extended(save=folder / "alone.h5").found()

    expected = alone(world, one)
    many = extended(save=folder / "many.h5").found()
    assert expected.keys() == many.keys()
    assert len(expected["t " + "spikemonitor_3"]) > 10
    for name, values in expected.items():
        assert values.tobytes() == many[name].tobytes(), name
    script = Script()
    script.net.add(*script.M, script.V)
    script.net.add(script.further(), script.MB)
    script.net.load(folder / "alone.h5")
    script.net.run(25.0)
    for name, values in script.found().items():
        assert values.tobytes() == expected[name].tobytes(), name


def test_earlier_spikes_do_not_act() -> None:
    source = snn.SpikeGeneratorGroup(1, [0, 0], [18.0, 20.5], name="source")
    cells = snn.NeuronGroup(2, "x : 1\ny : 1\ndz/dt = -z/(1*second) : 1", name="cells")
    here = snn.Synapses(source, cells, on_pre="y_post += 1", delay=5 * ms, name="here")
    here.connect()
    net = snn.Network(source, cells, here)
    net.run(20.0)
    there = snn.Synapses(source, cells[1:], "w : 1", on_pre="x_post += w", delay=3 * ms)
    there.connect()
    there.w = 2.0
    net.add(there)
    net.run(10.0)
    assert cells.x[:].tolist() == [0.0, 2.0]
    assert cells.y[:].tolist() == [2.0, 2.0]


def test_what_cannot_be_added() -> None:
    cells = snn.NeuronGroup(
        3, "dv/dt = -v/(5*ms) : 1\nk : 1 (constant)", threshold="v > 1", name="cells"
    )
    S = snn.Synapses(cells, cells, "w : 1", on_pre="v_post += w", name="S")
    S.connect()
    net = snn.Network(cells, S)
    net.run(1.0)
    with pytest.raises(ParameterError, match="Make further Synapses"):
        S.connect()
    late = snn.Synapses(cells, cells, "w : 1", on_pre="v_post += w", name="late")
    late.connect("v_pre >= 0")
    net.add(late)
    with pytest.raises(ParameterError, match=r"depend on v_pre.*Give the values as arrays"):
        net.run(1.0)
