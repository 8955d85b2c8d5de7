"""Links of variables as users give them: what they mean, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError, UnknownNameError


def groups() -> tuple[Any, Any]:
    cells = snn.NeuronGroup(
        10, "x : volt\ny : 1\nz = 2*y + scale : 1\ns : 1 (shared)", namespace={"scale": 3.0}
    )
    other = snn.NeuronGroup(10, "l : volt (linked)\nm : 1 (linked)\nk : integer\nb : 1")
    return cells, other


def test_values_are_those_of_the_other_group() -> None:
    cells, other = groups()
    cells.x, cells.y, cells.s = "i*mV", "i", 4
    other.l = snn.linked_var(cells[3:8].x, index=np.arange(5).repeat(2))
    other.m = snn.linked_var(cells, "y", index="k")
    other.k = "9 - i"
    np.testing.assert_array_equal(other.l, np.arange(5).repeat(2) + 3)
    np.testing.assert_array_equal(other.m, np.arange(10)[::-1])
    cells.y = 2
    np.testing.assert_array_equal(other[2:4].m, [2, 2])
    # Links of links are links to the first; one value is one value.
    third = snn.NeuronGroup(3, "q : volt (linked)\none : 1 (linked)\ntwice = 2*q/mV : 1")
    third.q = snn.linked_var(other.l, index=[9, 0, 5])
    third.one = snn.linked_var(cells.s)
    np.testing.assert_array_equal(third.q, [7, 3, 5])
    np.testing.assert_array_equal(third.twice, [14, 6, 10])
    assert np.isscalar(third.one[:])
    assert third.one == 4


def test_a_subexpression_is_linked_with_what_it_depends_on() -> None:
    cells, other = groups()
    other.m = snn.linked_var(cells.z, index=np.arange(10)[::-1])
    cells.y = "i"
    np.testing.assert_array_equal(other.m, 2 * np.arange(10)[::-1] + 3)


@pytest.mark.parametrize(
    ("link", "error", "message"),
    [
        (lambda c, o: setattr(o, "l", snn.linked_var(c.y)), UnitError, "l is in volt, and y of"),
        (lambda c, o: setattr(o, "m", snn.linked_var(c[2:].y)), ParameterError, "of 8 neurons"),
        (lambda _, o: setattr(o, "m", 1), TypeError, r"m = linked_var\(\.\.\.\)"),
        (
            lambda c, o: setattr(o, "b", snn.linked_var(c.y)),
            TypeError,
            "Add the flag",
        ),
        (lambda c, _: snn.linked_var(c.y, "y"), ValueError, "a variable and the name 'y'"),
        (lambda c, _: snn.linked_var(c), ValueError, "name=None"),
        (lambda c, o: setattr(o, "m", snn.linked_var(c, "w")), UnknownNameError, "'w'"),
        (lambda c, _: snn.linked_var(c.y, index=np.ones(10)), TypeError, "type float64"),
        (
            lambda c, o: setattr(o, "m", snn.linked_var(c.y, index=[1, 2])),
            TypeError,
            "has 2 numbers",
        ),
        (
            lambda c, o: setattr(o, "m", snn.linked_var(c.y, index=np.arange(10) + 1)),
            ValueError,
            "neurons 0 to 9",
        ),
        (lambda c, o: setattr(o, "m", snn.linked_var(c.y, index="b")), TypeError, "type is float"),
        (lambda c, o: setattr(o, "m", snn.linked_var(c.y, index="q")), ValueError, "is 'q'"),
        (lambda c, o: snn.Network(c, o).run(0), TypeError, "l stands for nothing"),
    ],
)
def test_what_is_refused(link: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        link(*groups())


def test_a_shared_subexpression_depends_on_one_value() -> None:
    one = snn.NeuronGroup(1, "x : 1")
    several = snn.NeuronGroup(3, "x : 1")
    cells = snn.NeuronGroup(3, "x : 1 (linked)\ny = 2*x + 1 : 1 (shared)")
    with pytest.raises(ParameterError, match="x stands for several values, and the shared y"):
        cells.x = snn.linked_var(several.x)
    cells.x = snn.linked_var(one.x)
    one.x = 4
    assert cells.y == 9


def test_sources_and_synapses_cannot_be_linked_to() -> None:
    cells, _ = groups()
    S = snn.Synapses(cells, cells, "w : 1")
    S.connect()
    for other in (S, snn.PoissonGroup(10, rates=1.0)):
        with pytest.raises(NotImplementedError, match="one of a group of neurons"):
            snn.linked_var(other, "w")


def test_an_index_that_lies_outside_is_found_when_the_network_is_built() -> None:
    cells, other = groups()
    other.l, other.m = snn.linked_var(cells.x), snn.linked_var(cells.y, index="k")
    other.k = 10
    with pytest.raises(ParameterError, match="k, the index of the linked variable m, is 10"):
        snn.Network(cells, other).run(0)


def test_synapses_name_the_variable_that_is_the_index_of_a_linked_one() -> None:
    cells, other = groups()
    S = snn.Synapses(other, other, "p : 1 (linked)\nn : integer\nq : 1\ntwice = 2*p + q : 1")
    S.connect(i=[0, 5, 5], j=[3, 6, 7])
    for index, kind in (([0, 1, 2], TypeError), (None, TypeError), ("q", TypeError)):
        with pytest.raises(kind, match="index"):
            S.p = snn.linked_var(cells.y, index=index)
    for index in ("b_post", "nothing"):
        with pytest.raises(ValueError, match="the index of p is"):
            S.p = snn.linked_var(cells.y, index=index)
    S.p = snn.linked_var(cells.y, index="n")
    other.l, other.m = snn.linked_var(cells.x), snn.linked_var(cells.y)
    cells.y, S.n, S.q = "i**2", "j", "p"
    np.testing.assert_array_equal(S.twice, 3 * np.array([9, 36, 49]))
    monitor = snn.StateMonitor(S, ["p", "twice"], record=True)
    net = snn.Network(cells, other, S, monitor)
    net.run(0.1)
    with pytest.raises(ParameterError, match="n, the index of the linked variable p, is 10"):
        S.n = 10
    S.n = "9 - i"
    net.run(0.1)
    np.testing.assert_array_equal(monitor.p, np.array([[9, 36, 49], [81, 16, 16]]).T)
    np.testing.assert_array_equal(monitor.twice[:, 1], 2 * monitor.p[:, 1] + monitor.p[:, 0])


def test_the_other_group_is_part_of_the_network() -> None:
    cells, other = groups()
    other.l, other.m = snn.linked_var(cells.x), snn.linked_var(cells.y)
    with pytest.raises(ParameterError, match="which is not part of the network"):
        snn.Network(other)


def test_an_order_of_updates_that_is_none() -> None:
    """Each of three groups in a row would need the new values of the one before it."""
    names = ("a", "b", "c")
    chain = [
        snn.NeuronGroup(
            2, "dv/dt = (x - v)/ms : 1\nx : 1 (linked)" if n else "dv/dt = -v/ms : 1",
            method="euler", name=name,
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    chain[1].x, chain[2].x = snn.linked_var(chain[0].v), snn.linked_var(chain[1].v)
    with pytest.raises(ParameterError, match="needs the new values of b"):
        snn.Network(chain).run(0)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"code": "b = q"}, EquationError, "unknown name 'q'"),
        ({"code": "c = 1"}, EquationError, "c is constant"),
        ({"code": "s = b"}, EquationError, "s is shared and is set from b"),
        ({"code": "b = 1*mV"}, UnitError, "b is in 1"),
        ({"code": "b = xi"}, EquationError, "xi stands outside"),
        ({"code": 3}, ParameterError, "statements are given as text"),
        ({"code": "b = 1", "when": "never"}, ParameterError, "when='never'; when is one of"),
        ({"code": "b = 1", "order": 0.5}, ParameterError, "order is a whole number"),
        ({"code": "b = 1", "dt": 0.0}, ParameterError, "dt is one number > 0 ms"),
        ({"code": "b = 1", "dt": 0.25}, ParameterError, "a multiple of the time step"),
        ({"code": "b = 1", "dt": 1.0, "clock": snn.defaultclock}, ParameterError, "both dt and"),
    ],
)
def test_operations_that_are_refused(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    G = snn.NeuronGroup(2, "b : 1\nc : 1 (constant)\ns : 1 (shared)")

    def run() -> None:
        G.run_regularly(**given)
        snn.Network(G).run(0)

    with pytest.raises(error, match=message):
        run()


def test_models_without_equations_run_no_statements() -> None:
    for group in (snn.NeuronGroup(2, snn.LIF()), snn.SpikeGeneratorGroup(1, [], [])):
        with pytest.raises(ParameterError, match="groups with equations"):
            group.run_regularly("V_m = 0*mV")
