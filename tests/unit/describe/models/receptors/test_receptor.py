"""Receptors of a user's class: what it declares, and what is refused."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.models.receptors.group_receptors import receptor_units, receptor_variables
from distsnn.errors import ParameterError, UnknownNameError


class TwoRates(snn.Receptor):
    """Decays with two rates, one after the other."""

    tau = snn.Parameter(5.0, "ms", "> 0")
    tau_rise = snn.Parameter(1.0, "ms", "> 0")
    equations = """
    dx/dt = (rise - x)/tau   # what acts
    drise/dt = -rise/tau_rise
    """


def test_names_of_variables_and_parameters() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    receptors = TwoRates(name="slow"), TwoRates(output=snn.COBA(0.0), tau=[1.0, 2.0, 3.0])
    for receptor in receptors:
        cells.attach(receptor)
    assert receptor_variables(receptors) == ("I_syn_slow_rise", "g_rise")
    assert receptor_units(receptors) == {
        "I_syn_slow": "pA",
        "I_syn_slow_rise": "pA",
        "g": "nS",
        "g_rise": "nS",
    }
    assert {"tau_I_syn_slow", "tau_rise_I_syn_slow", "tau_g"} < set(cells.variables())
    np.testing.assert_array_equal(cells.tau_g, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(cells.tau_rise_g, 1.0)
    assert list(inspect.signature(TwoRates).parameters) == ["tau", "tau_rise", "output", "name"]
    assert repr(receptors[0]).startswith("TwoRates(tau=5.0, tau_rise=1.0")


def test_contents_tell_everything() -> None:
    other = type("TwoRates", (TwoRates,), {"equations": "dx/dt = -x/tau"})
    made = [TwoRates(), TwoRates(tau=4.0), TwoRates(tau="1*ms"), TwoRates(name="a"), other()]
    assert len({receptor.content() for receptor in made}) == len(made)
    again = pickle.loads(pickle.dumps(snn.Alpha(3.0, snn.COBA(0.0), name="a")))
    assert again.content() == snn.Alpha(3.0, snn.COBA(0.0), name="a").content()


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tau_rise'"):
        TwoRates(tau_rises=3.0)
    with pytest.raises(ParameterError, match="tau_rise must be > 0 ms"):
        TwoRates(tau_rise=0.0)
    with pytest.raises(ParameterError, match=r"output is CUBA\(\)"):
        TwoRates(output="current")
    with pytest.raises(AttributeError, match="tau was set"):
        TwoRates().tau = 3.0
    with pytest.raises(ParameterError, match="each line is dx/dt"):
        type("Wrong", (snn.Receptor,), {"equations": "dx = 3"})
    with pytest.raises(ParameterError, match="events add to a variable"):
        type("Wrong", (snn.Receptor,), {"equations": "dx/dt = -x/ms", "events": "y"})


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("-x**2/tau", "not linear in x"),
        ("(1 - x)/tau", "not linear in x"),
        ("x/(tau*x)", "not linear in x"),
        ("-x/tua", "tua in"),
        ("-x/tau + rand()", "rand in"),
    ],
)
def test_lif_takes_linear_receptors(equation: str, message: str) -> None:
    body = {"tau": snn.Parameter(5.0, "ms"), "equations": f"dx/dt = {equation}"}
    wrong = type("Wrong", (snn.Receptor,), body)
    cells = snn.NeuronGroup(2, snn.LIF(), name="cells")
    with pytest.raises(ParameterError, match=message):
        snn.Synapses(cells, cells, wrong(), weight=1.0)
    assert cells.receptors == ()


def test_time_constants_of_groups_are_checked() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    with pytest.raises(ParameterError, match=r"tau_I_syn has shape \(2,\)"):
        cells.attach(snn.Exponential([1.0, 2.0]))
    with pytest.raises(snn.DistsnnError, match="tua"):
        cells.attach(snn.Exponential("2*tua"))
    cells.attach(snn.Exponential("1*ms + i*2*ms"))
    np.testing.assert_array_equal(cells.tau_I_syn, [1.0, 3.0, 5.0])
    with pytest.raises(ParameterError, match="tau_I_syn must be > 0 ms"):
        cells.tau_I_syn = [1.0, 0.0, 2.0]
    cells.tau_I_syn = "1*ms - i*ms"
    with pytest.raises(ParameterError, match="tau_I_syn must be > 0 ms"):
        snn.Network(cells).run(1.0)
