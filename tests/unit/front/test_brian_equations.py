"""Details of equations that scripts of Brian 2 use."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError
from distsnn.units import ms


def test_a_variable_of_neurons_may_be_called_j() -> None:
    G = snn.NeuronGroup(7, "j = i % 3 : integer\nk = j + 1 : 1")
    assert G.j.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert G.k[6] == 1
    S = snn.Synapses(G, G, "w : 1", name="S")
    S.connect("j_pre == j_post and i != j")
    assert len(S) == 10
    with pytest.raises(EquationError, match="'j' has a meaning of its own"):
        snn.Synapses(G, G, "j : 1")


def test_what_is_shared_depends_on_what_is_shared_of_neurons() -> None:
    G = snn.NeuronGroup(4, "v : 1\nnumber : 1 (shared)", threshold="v > 1")
    S = snn.Synapses(G, G, "s : 1 (shared)\nsub = number_post + s : 1 (shared)", on_pre="v += sub")
    S.connect()
    S.s, G.number = 100, 50
    assert S.sub[:] == 150
    for other in ("v_post", "v", "w"):
        # A SyntaxError in Brian 2.
        with pytest.raises(SyntaxError, match=f"depends on {other}, which is not shared"):
            snn.Synapses(G, G, f"w : 1\nsub = {other} + 1 : 1 (shared)")


@pytest.mark.parametrize(
    ("steps", "method"), [(10, "euler"), (0.5, "heun")]
)  # fmt: skip
def test_noise_times_what_is_constant_within_a_step_is_additive(steps: float, method: str) -> None:
    stimulus = snn.TimedArray([0, 1], dt=steps * 0.1 * ms)  # noqa: F841 - the text refers to it
    G = snn.NeuronGroup(2, "dv/dt = stimulus(t)*xi*(5*ms)**-0.5 : 1")
    assert G.method_choice == method
    for also in ("(1 + stimulus(t))*v", "stimulus(t + dt)", "(t/ms)*stimulus(t)"):
        H = snn.NeuronGroup(2, f"dv/dt = {also}*xi*(5*ms)**-0.5 : 1")
        assert H.method_choice == "heun"


def test_methods_of_exact_integration_have_the_names_of_brian_2() -> None:
    G = snn.NeuronGroup(1, "dv/dt = -v/(5*ms) : 1", method="independent")
    G.v = 1
    assert G.method_choice == "independent"
    H = snn.NeuronGroup(1, "dv/dt = -v**3/(5*ms) : 1", method="independent")
    with pytest.raises(EquationError, match="independent: "):
        H.method_choice  # noqa: B018 - it is chosen when it is asked for
    np.testing.assert_array_equal(G.v, [1])
