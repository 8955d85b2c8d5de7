"""Parameters of short-term plasticity, outputs and storage."""

from __future__ import annotations

import pytest

import distsnn as snn
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.errors import ParameterError, UnknownNameError
from distsnn.layout.shared_tables import plan_tables


def test_defaults():
    assert snn.STD() == snn.STD(tau=200.0, U=0.07, x="after")
    assert snn.STP() == snn.STP(U=0.15, tau_f=1500.0, tau_d=200.0, u="after", x="after", u_0=0.15)
    assert snn.STP(u_0=0.0).u_0 == 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.STD(tau=0.0), r"STD: tau=0.0 ms; tau must be > 0 ms"),
        (lambda: snn.STD(U=1.5), r"STD: U=1.5; U must lie between 0 and 1"),
        (lambda: snn.STP(tau_f=[1.0, 2.0]), r"tau_f is one number for all synapses. Write"),
        (lambda: snn.STP(u="first"), r"STP: u='first'; u is 'after' or 'before'"),
        (lambda: snn.STP(u_0=-0.1), r"STP: u_0=-0.1; u_0 must lie between 0 and 1"),
        (lambda: snn.MgBlock(beta=0.0), r"MgBlock: beta=0.0 mM; beta must be > 0 mM"),
        (lambda: snn.MgBlock(cc_Mg=-1.0), r"MgBlock: cc_Mg=-1.0 mM; cc_Mg must be >= 0 mM"),
        (lambda: synapses(stp="STD"), r"stp='STD'; short-term plasticity is STD"),
        (lambda: synapses(storage="csr"), r"storage='csr'; storage is 'auto', 'dense' or"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="tau_d, "):
        snn.STP(tau_D=1.0)


def synapses(rule=None, stp=None, **given):
    cells = snn.NeuronGroup(4, snn.LIF())
    made = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=1.0, stp=stp, **given)
    made.connect(rule)
    return made


def planned(*made):
    return plan_tables(snn.Network(*(s.source for s in made), *made).description)


@pytest.mark.parametrize(
    ("rule", "given", "dense"),
    [
        (snn.AllToAll(), {}, True),
        (snn.AllToAll(), {"storage": "sparse"}, False),
        (snn.AllToAll(), {"delay": snn.PerSource([1.0, 2.0, 3.0, 4.0])}, True),
        (snn.AllToAll(), {"delay": snn.Uniform(1.0, 2.0)}, False),
        (snn.AllToAll(), {"delay": snn.Uniform(1.0, 2.0), "storage": "dense"}, True),
        (snn.Bernoulli(0.5), {}, False),
        (snn.Bernoulli(0.5), {"storage": "dense"}, True),
        (snn.Matrix([[1] * 4] * 4), {}, True),
        (snn.Matrix([[1, 0, 1, 1]] * 4), {}, False),
    ],
)
def test_storage(rule, given, dense):
    assert [plan.dense for plan in planned(synapses(rule, **given))] == [dense]


def test_tables_have_one_plasticity():
    std, stp = snn.STD(U=0.1), snn.STP()
    made = [synapses(stp=p) for p in (std, None, stp, snn.STD(U=0.1), None)]
    plans = planned(*made)
    assert [(plan.projections, plan.plasticity) for plan in plans] == [
        ((0, 3), std),
        ((1, 4), None),
        ((2,), stp),
    ]


def test_storage_is_no_part_of_the_result():
    def digest(**given):
        made = synapses(**given)
        return snn.Network(made.source, made).description.digest

    assert digest() == digest(storage="dense") == digest(storage="sparse")
    assert digest() != digest(stp=snn.STD())
    assert ProjectionDescription.__dataclass_fields__["storage"].default == "auto"
