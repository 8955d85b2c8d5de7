"""Ready models and receptors: parameters are checked where they are given."""

from __future__ import annotations

import re

import numpy as np
import pytest

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.group_receptors import receptor_variables
from distsnn.describe.models.receptors.outputs import COBA, CUBA
from distsnn.describe.values.given import Normal, Uniform
from distsnn.errors import DistsnnError, ParameterError, UnknownNameError


def test_either_time_constant_or_conductance() -> None:
    assert LIF(C_m=200.0, tau_m=10.0).tau_m == 10.0
    assert LIF(C_m=200.0, g_L=10.0).tau_m == 20.0
    assert np.array_equal(LIF(C_m=[100.0, 200.0], g_L=[10.0, 5.0]).tau_m, [10.0, 40.0])
    assert isinstance(LIF().tau_m, float)
    with pytest.raises(ParameterError, match="both tau_m and g_L are given"):
        LIF(tau_m=10.0, g_L=10.0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_m": 0.0}, "LIF: tau_m can be 0.0 ms; tau_m must be > 0 ms"),
        ({"tau_m": Normal(10.0, 1.0)}, "tau_m can be -inf ms"),
        ({"C_m": -1.0}, "C_m can be -1.0 pF"),
        ({"C_m": [100.0, 0.0]}, "C_m can be 0.0 pF"),
        ({"t_ref": -0.1}, "t_ref can be -0.1 ms; t_ref must be >= 0 ms"),
        ({"g_L": 0.0}, "g_L=0.0 nS; g_L must be > 0"),
        ({"g_L": Uniform(1.0, 2.0)}, "g_L or C_m is a distribution"),
        ({"V_th": float("nan")}, "V_th has a value that is not finite"),
        ({"V_th": "-50*mV"}, "V_th='-50\\*mV' is not a value"),
    ],
)
def test_impossible_parameters(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LIF(**parameters)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: LIF(tau_M=10.0), ["tau_m"]),
        (lambda: LIF(Vth=-50.0), ["V_th"]),
        (lambda: Exponential(taus=3.0), ["tau"]),
        (lambda: Exponential(tau=3.0, E=0.0), ["name", "output", "tau"]),
        (lambda: COBA(e=0.0), ["E"]),
        (lambda: Delta(weight=1.0), ["name"]),
    ],
)
def test_unknown_parameters_name_the_valid_ones(make, names: list[str]) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown name .*valid names are") as caught:
        make()
    assert caught.value.valid[0] == names[0]
    assert set(names) <= set(caught.value.valid)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Exponential(0.0),
        lambda: Exponential([1.0, -2.0]),
        lambda: Exponential(5.0, output=COBA),
        lambda: Exponential(5.0, name="1st"),
        lambda: Exponential(float("nan")),
        lambda: COBA([0.0, 1.0]),
        lambda: COBA("0"),
        lambda: Delta(name="two words"),
        lambda: receptor_variables((Exponential(1.0, name="a"), Exponential(2.0, name="a"))),
    ],
)
def test_impossible_receptors(make) -> None:
    with pytest.raises(DistsnnError) as caught:
        make()
    assert re.fullmatch(r"[^:;]+: [^;]+; .+\. .+[.?]", str(caught.value))


def test_variables_of_receptors() -> None:
    exc, inh = Exponential(1.0, name="exc"), Exponential(1.0, COBA(-80.0), name="inh")
    assert receptor_variables((exc, inh, Delta())) == ("I_syn_exc", "g_inh", "_arriving")
    assert receptor_variables((Exponential(1.0), Exponential(2.0), Exponential(3.0))) == (
        "I_syn",
        "I_syn_1",
        "I_syn_2",
    )
    assert receptor_variables((Exponential(1.0), Exponential(2.0, COBA(0.0)))) == ("I_syn", "g")
    # A name that looks like a number made for an unnamed one.
    names = receptor_variables((Exponential(1.0), Exponential(1.0, name="a1"), Exponential(1.0)))
    assert len(set(names)) == 3


def test_units_of_weights() -> None:
    assert [r.weight_unit for r in (Exponential(1.0), Exponential(1.0, COBA(0.0)), Delta())] == [
        "pA",
        "nS",
        "mV",
    ]


def test_contents_tell_everything() -> None:
    contents = [
        m.content()
        for m in (
            CUBA(),
            COBA(0.0),
            COBA(-80.0),
            Exponential(1.0),
            Exponential(2.0),
            Exponential(1.0, COBA(0.0)),
            Exponential(1.0, name="a"),
            Delta(),
            Delta("a"),
        )
    ]
    assert len(set(contents)) == len(contents)
    assert Exponential(5).content() == Exponential(5.0).content()
