"""Bad input: every error says where, what, what is allowed and what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import (
    ConnectivityError,
    DistsnnError,
    EquationError,
    ExpressionSyntaxError,
    FileError,
    ParameterError,
    UnitError,
    UnknownArgumentError,
    UnknownAttributeError,
    UnknownNameError,
    UnknownVariableError,
    UsedTwiceError,
    WrongIndexError,
)
from distsnn.exchange import run_loopback

NAN = math.nan


class Parts:
    """Fresh objects for each case."""

    def __init__(self) -> None:
        self.cells = snn.NeuronGroup(10, snn.LIF(), name="cells")
        self.others = snn.NeuronGroup(4, snn.LIF(), name="others")
        self.source = snn.SpikeGeneratorGroup(3, [0], [1.0], name="source")
        self.exc = snn.Exponential(5.0)
        self.cond = snn.Exponential(5.0, snn.COBA(0.0))

    def synapses(self, **values: object) -> snn.Synapses:
        given = {"weight": 1.0, "delay": 1.0, "name": "S", **values}
        return snn.Synapses(self.cells, self.cells, self.exc, **given)

    def connected(self, **values: object) -> snn.Synapses:
        synapses = self.synapses(**values)
        synapses.connect()
        return synapses

    def network(self, *objects: object, **values: object) -> snn.Network:
        return snn.Network(self.cells, *objects, **values)

    def noise(self, **values: object) -> snn.PoissonInput:
        given = {"N": 10, "rate": 0.1, "weight": 1.0, "name": "noise", **values}
        return snn.PoissonInput(self.cells, self.exc, **given)


def ran(p: Parts, *objects: object) -> snn.Network:
    net = p.network(*objects)
    net.run(0.1)
    return net


Case = tuple[type[DistsnnError], Callable[[Parts], object], str]
CASES: list[Case] = [
    # Groups.
    (ParameterError, lambda _: snn.NeuronGroup(0, snn.LIF()), "NeuronGroup: N=0"),
    (ParameterError, lambda _: snn.NeuronGroup(2.5, snn.LIF()), "N=2.5"),
    (ParameterError, lambda _: snn.NeuronGroup(True, snn.LIF()), "N=True"),
    (EquationError, lambda _: snn.NeuronGroup(5, "dv/dt = -v/tau"), "the unit is missing"),
    (ParameterError, lambda _: snn.NeuronGroup(5, snn.LIF), "model="),
    (ParameterError, lambda _: snn.NeuronGroup(5, snn.LIF(), name="2nd"), "name='2nd'"),
    (
        ParameterError,
        lambda _: snn.NeuronGroup(5, snn.LIF(tau_m=[1.0, 2.0])),
        "tau_m has shape (2,)",
    ),
    (WrongIndexError, lambda p: p.cells[5:5], "[5:5] is empty"),
    (WrongIndexError, lambda p: p.cells[5:11], "[5:11]"),
    (WrongIndexError, lambda p: p.cells[::2], "slice of neighbors"),
    (WrongIndexError, lambda p: p.cells[10], "lies outside"),
    (WrongIndexError, lambda p: p.cells[[1, 3]], "slice of neighbors"),
    (ParameterError, lambda p: setattr(p.cells, "V_m", [1.0] * 9), "V_m has shape (9,)"),
    (ParameterError, lambda p: setattr(p.cells[:5], "V_m", [1.0] * 10), "V_m has shape (10,)"),
    (ParameterError, lambda p: setattr(p.cells, "V_m", NAN), "V_m has a value that is not finite"),
    (ParameterError, lambda p: setattr(p.cells, "tau_m", -1.0), "cells: tau_m can be -1.0 ms"),
    (UnitError, lambda p: setattr(p.cells, "V_m", "rand()"), "V_m is in volt, but 'rand()' in 1"),
    (UnknownAttributeError, lambda p: setattr(p.cells, "Vm", 1.0), "valid names are V_m"),
    (UnknownAttributeError, lambda p: setattr(p.cells, "I_syn", 1.0), "unknown name 'I_syn'"),
    (UnknownAttributeError, lambda p: setattr(p.cells[2:4], "tau", 1.0), "valid names are tau_m"),
    (ParameterError, lambda _: snn.PoissonGroup(3, -0.1), "rates can be -0.1 / ms"),
    (ParameterError, lambda _: snn.PoissonGroup(3, [0.1, 0.2]), "rates has shape (2,)"),
    (ParameterError, lambda _: snn.PoissonGroup(3, snn.Normal(0.1, 0.1)), "rates can be -inf"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [0, 1], [1.0]), "do not fit"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [0.5], [1.0]), "whole numbers"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [3], [1.0]), "index 3 lies outside"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [-1], [1.0]), "index -1 lies outside"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [0], [-1.0]), "time -1.0 ms"),
    (ParameterError, lambda _: snn.SpikeGeneratorGroup(3, [0], [NAN]), "not finite"),
    # Synapses.
    (ParameterError, lambda p: p.synapses(weight=NAN), "S: weight has a value that is not finite"),
    (ParameterError, lambda p: p.synapses(weight=[1.0, NAN]), "nan at flat index 1"),
    (UnitError, lambda p: p.synapses(weight="rand()"), "weight is in amp, but 'rand()' in 1"),
    (ExpressionSyntaxError, lambda p: p.synapses(delay="1*ms +"), "S, delay = '1*ms +'"),
    (ParameterError, lambda p: p.synapses(delay=-1.0), "S: delay can be -1.0 ms"),
    (ParameterError, lambda p: p.synapses(delay=snn.Normal(1.5, 0.7)), "delay can be -inf ms"),
    (ParameterError, lambda p: p.synapses(name="a b"), "name='a b'"),
    (ParameterError, lambda p: snn.Synapses(p.cells, p.source, p.exc, weight=1.0), "only sends"),
    (ParameterError, lambda p: snn.Synapses(p.cells, p.cells, snn.LIF(), weight=1.0), "receptor="),
    (ParameterError, lambda p: snn.Synapses("cells", p.cells, p.exc, weight=1.0), "source='cells'"),
    (
        ParameterError,
        lambda p: snn.Synapses(p.cells, p.cells, p.cond, weight=-1.0),
        "weight can be -1.0 nS; a conductance must be >= 0 nS",
    ),
    (
        ParameterError,
        lambda p: snn.Synapses(p.cells, p.cells, p.cond, weight=snn.Normal(1.0, 1.0)),
        "weight can be -inf nS",
    ),
    (UnknownArgumentError, lambda p: p.synapses(weigth=1.0), "valid names are weight"),
    (
        ParameterError,
        lambda p: p.synapses(stdp=snn.STDP(np.ones(3), 1.0)).connect(p=0.1),
        "A_plus is an array",
    ),
    (
        ParameterError,
        lambda p: p.synapses(delay=np.ones(3)).connect(snn.FixedIndegree(2)),
        "delay has 3 values; there are 20 synapses, in the order of creation",
    ),
    (
        ParameterError,
        lambda p: p.synapses(weight=np.ones(3)).connect(),
        "weight has 3 values; there are 100 synapses, in the order of creation, or in an array of "
        "shape (10, 10)",
    ),
    (
        ParameterError,
        lambda p: p.synapses(delay=np.ones((3, 10))).connect(snn.FixedIndegree(3)),
        "delay has shape (3, 10); with FixedIndegree the shape is (10, 3)",
    ),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(p=1.5),
        "p=1.5 is not a probability",
    ),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(p="0.1", j="i"),
        "is given with a generator",
    ),
    (UnknownVariableError, lambda p: p.synapses().connect("i != k"), "unknown name 'k'"),
    (ConnectivityError, lambda p: p.synapses().connect(0.1), "condition=0.1"),
    (ConnectivityError, lambda p: p.synapses().connect(i=[1]), "connect() got"),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(p="0.1", i=[1], j=[2]),
        "p='0.1' is given with indices",
    ),
    (ConnectivityError, lambda p: p.synapses().connect(i=[1, 2], j=[1, 2, 3]), "same length"),
    (ConnectivityError, lambda p: p.synapses().connect(i=[1], j=[10]), "j[0]=10 lies outside"),
    (ConnectivityError, lambda p: p.synapses().connect(i=[-1], j=[1]), "i contains -1"),
    (ConnectivityError, lambda p: p.synapses().connect(i=[1.5], j=[1]), "whole numbers"),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(snn.FixedIndegree(11, multapses=False)),
        "indegree must be at most 10 without multapses",
    ),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(snn.FixedOutdegree(10, multapses=False, autapses=False)),
        "outdegree must be at most 9",
    ),
    (
        ConnectivityError,
        lambda p: p.synapses().connect(snn.FixedTotalNumber(101, multapses=False)),
        "number must be at most 100",
    ),
    (
        ConnectivityError,
        lambda p: snn.Synapses(p.source, p.cells, p.exc, weight=1.0).connect(snn.OneToOne()),
        "OneToOne from 3 sources to 10 targets",
    ),
    (ParameterError, lambda p: p.synapses().i, "not drawn yet"),
    # Inputs and monitors.
    (ParameterError, lambda p: p.noise(N=-1), "noise: N=-1"),
    (ParameterError, lambda p: p.noise(N=1.5), "N=1.5"),
    (ParameterError, lambda p: p.noise(rate=-0.1), "rate=-0.1 / ms is negative"),
    (ParameterError, lambda p: p.noise(rate=[0.1] * 10), "rate"),
    (ParameterError, lambda p: p.noise(weight=NAN), "weight"),
    (ParameterError, lambda p: p.network(p.noise(N=10**7, rate=1.0)).run(0), "1e+06 events"),
    (
        ParameterError,
        lambda p: snn.PoissonInput(p.source, p.exc, N=1, rate=1.0, weight=1.0),
        "only sends",
    ),
    (ParameterError, lambda _: snn.SpikeMonitor("cells"), "source='cells'"),
    # Networks.
    (ParameterError, lambda p: p.network(dt=0.0), "dt=0.0 ms"),
    (ParameterError, lambda p: p.network(dt=[0.1]), "dt=[0.1] ms"),
    (ParameterError, lambda p: p.network(seed=-1), "seed=-1"),
    (ParameterError, lambda p: p.network(seed=1.5), "seed=1.5"),
    (ParameterError, lambda p: p.network(3), "3 cannot be part of a network"),
    (ParameterError, lambda p: p.network("cells"), "'cells' cannot be part of a network"),
    (
        ParameterError,
        lambda p: p.network(p.connected(), p.connected()),
        "two objects are named 'S'",
    ),
    (ParameterError, lambda p: p.network(p.connected(name="cells")), "named 'cells'"),
    (ParameterError, lambda p: snn.Network(p.others, p.synapses()), "S refers to cells"),
    (ParameterError, lambda p: p.network(snn.SpikeMonitor(p.others)), "others"),
    (ParameterError, lambda p: p.network().run(-1.0), "duration=-1.0 ms"),
    (ParameterError, lambda p: p.network().run(NAN), "duration"),
    (ParameterError, lambda p: p.network().run("1 s"), "duration='1 s'"),
    (UsedTwiceError, lambda p: snn.Network(ran(p).groups[0]), "has run"),
    (ParameterError, lambda p: setattr(ran(p), "seed", 3), "after the first run"),
    (
        ParameterError,
        lambda p: p.network(snn.SpikeGeneratorGroup(2, [1, 1], [1.0, 1.0], name="g")).run(1.0),
        "g: source 1 spikes twice in the step at 1 ms",
    ),
    (FileError, lambda p: p.network().run(1.0, record="/no/such/folder/f.h5"), "cannot be written"),
]


@pytest.mark.parametrize("case", CASES, ids=[text for _, _, text in CASES])
def test_messages(case: Case) -> None:
    kind, make, text = case
    with pytest.raises(kind) as caught:
        make(Parts())
    message = str(caught.value)
    assert text in message
    assert type(caught.value) is kind
    # <where>: <what>; <what is allowed>. <what to do>. For a name that is like no other the list
    # of names says it all.
    optional = "?" if issubclass(kind, UnknownNameError) else ""
    assert re.fullmatch(rf"[^:;]+: [^;]+; .+\.( .+[.?]){optional}", message, re.DOTALL), message


def test_python_protocols_still_work() -> None:
    cells = Parts().cells
    assert not hasattr(cells, "no_such_variable")
    with pytest.raises(AttributeError, match="unknown name 'Vm'; valid names are V_m"):
        _ = cells.Vm


def test_a_failed_assignment_changes_nothing() -> None:
    p = Parts()
    net = ran(p)
    before = net.description.digest
    for name, value in (("V_m", [1.0, 2.0]), ("tau_m", -1.0)):
        with pytest.raises(ParameterError):
            setattr(p.cells, name, value)
    with pytest.raises(ParameterError):
        p.cells[2:3].V_reset = 3.0
    assert net.description.digest == before
    net.run(1.0)


def test_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "spikes.h5"
    Parts().network().run(1.0, record=path)
    with pytest.raises(FileError, match=r"spikes\.h5: "):
        Parts().network().run(1.0, record=path)
    Parts().network().run(1.0, record=path, overwrite=True)


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("record", [False, True], ids=["generator", "file"])
def test_errors_in_the_run_are_raised_on_every_rank(size: int, record: bool) -> None:
    """Also where one rank alone can see them."""

    def job(world: object) -> tuple[type[Exception], str]:
        p = Parts()
        twice = snn.SpikeGeneratorGroup(1, [0] * (2 - record), [1.0] * (2 - record), name="g")
        net = p.network(twice)
        with pytest.raises(DistsnnError) as caught:
            net.run(1.0, record="/no/such/folder/f.h5" if record else None)
        return type(caught.value), str(caught.value)

    found = run_loopback(size, job)
    text = "cannot be written" if record else "g: source 0 spikes twice"
    assert all(text in message for _, message in found)
    assert len({message for _, message in found}) == 1
