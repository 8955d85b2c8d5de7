"""Times of spikes as a function: its derivatives, and those that PyTorch and JAX take from it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, learning
from distsnn.errors import NoGradientWarning, UnsupportedError

END = 20.0
GIVEN = [3.0, 1.0, 4.0, 40.0, 2.0]


def function(n_spikes: int = 2) -> tuple[learning.SpikeTimesFunction, list[np.ndarray]]:
    """Two sources, three neurons, and values of all arguments."""
    source = snn.SpikeGeneratorGroup(2, [0, 1, 1, 0, 0], GIVEN, name="source")
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    S = snn.Synapses(source, cells, snn.Exponential(tau=5.0), weight=1.0, delay=1.0, name="S")
    S.connect()
    adjoint = learning.Adjoint(snn.Network(source, cells, S, dt=0.05))
    made = learning.SpikeTimesFunction(adjoint, cells, END, [S, cells, source], n_spikes)
    weights = np.array([900.0, 1500.0, 300.0, 700.0, 1400.0, 100.0])
    return made, [weights, np.array([20.0, 0.0, 10.0]), np.array(GIVEN)]


def test_derivatives() -> None:
    f, values = function()
    first = f(*values)
    assert first.shape == f.shape == (3, 2)
    assert first[2].tolist() == [END, END]
    assert (first[:2] < END).all()
    by_time = np.array([[1.0, -0.5], [2.0, 0.3], [-7.0, 9.0]])
    found = f.gradient(values, by_time)
    assert [one.shape for one in found] == [(6,), (3,), (5,)]
    # A neuron without spikes has no derivative, nor has a spike that is given after the end.
    assert found[0][2] == found[0][5] == found[1][2] == found[2][3] == 0.0
    # All is moved by a quarter of a millisecond where all given spikes are.
    moved = f(values[0], values[1], values[2] + 0.25)
    np.testing.assert_allclose((moved - first)[:2], 0.25, atol=0.1)
    assert found[2].sum() == pytest.approx(by_time[:2].sum(), rel=0.2)
    # Other values were there in between: it runs again.
    for one, again in zip(found, f.gradient(values, by_time), strict=True):
        assert one.tobytes() == again.tobytes()
    assert f(*values).tobytes() == first.tobytes()
    with pytest.warns(NoGradientWarning, match="spikes of 1 neurons that have none, such as 2"):
        f.gradient(values, np.abs(by_time))


def test_wrong_input() -> None:
    f, values = function()
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], period=10.0)
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    adjoint = learning.Adjoint(snn.Network(source, cells))
    made = learning.SpikeTimesFunction
    for wrong, words in (
        (lambda: f(*values[:2]), "2 values were given; there are 3 arguments"),
        (lambda: f(values[0][:5], *values[1:]), r"the weights of S.*an array \(6,\)"),
        (lambda: f(values[0], [1.0, np.nan, 0.0], values[2]), "the currents of cells"),
        (lambda: f.gradient(values, np.ones(3)), r"by_time is an array \(3, 2\)"),
        (lambda: made(adjoint, cells, END, [source]), "spikes of .* repeat"),
        (lambda: made(adjoint, cells, END, [5]), "the argument 5"),
        (lambda: made(adjoint, cells, END, [], n_spikes=0), "n_spikes=0"),
        (lambda: made(5, cells, END, []), "adjoint=5"),
        (lambda: made(adjoint, f._output, END, []), "cells is no part of the network"),
    ):
        with pytest.raises(ParameterError, match=words):
            wrong()


@pytest.mark.ranks(1, 2, 3)
def test_torch() -> None:
    torch = pytest.importorskip("torch")
    f, values = function()
    # What is before the network learns as well: weights are a function of others.
    before = torch.tensor(values[0] / 2, requires_grad=True)
    others = [torch.tensor(one, requires_grad=True) for one in values[1:]]
    loss = (f.torch(2 * before, *others)[:2, 0] ** 2).sum() / 2
    loss.backward()
    first = f(*values)
    by_time = np.zeros((3, 2))
    by_time[:2, 0] = first[:2, 0]
    expected = f.gradient(values, by_time)
    assert float(loss.detach()) == pytest.approx(0.5 * (first[:2, 0] ** 2).sum())
    np.testing.assert_allclose(before.grad.numpy(), 2 * expected[0], rtol=1e-12)
    for one, known in zip(others, expected[1:], strict=True):
        np.testing.assert_allclose(one.grad.numpy(), known, rtol=1e-12)
    # Values of several calls, one after the other, and their derivatives.
    some = torch.tensor(np.stack([values[0], 1.2 * values[0]]))
    rest = [torch.tensor(one) for one in values[1:]]

    def total(w: object) -> object:
        return (f.torch(w, *rest) * torch.tensor(by_time)).sum()

    many = torch.vmap(lambda w: f.torch(w, *rest))(some)
    derivatives = torch.vmap(torch.func.grad(total))(some)
    for k in range(2):
        np.testing.assert_array_equal(many[k].numpy(), f(some[k].numpy(), *values[1:]))
        known = f.gradient([some[k].numpy(), *values[1:]], by_time)[0]
        np.testing.assert_array_equal(derivatives[k].numpy(), known)
    twice = torch.tensor(values[0], requires_grad=True)
    (once,) = torch.autograd.grad(total(twice), twice, create_graph=True)
    with pytest.raises(UnsupportedError, match=r"SpikeTimesFunction.torch: a second derivative"):
        once.sum().backward()
    # Steps of PyTorch's own optimizer let the first neuron spike earlier.
    weights = torch.tensor(values[0], dtype=torch.float32, requires_grad=True)
    adam, times = torch.optim.Adam([weights], lr=30.0), []
    for _ in range(4):
        adam.zero_grad()
        given = [torch.tensor(one, dtype=torch.float32) for one in values[1:]]
        time = f.torch(weights, *given)[0, 0]
        time.backward()
        adam.step()
        times.append(float(time.detach()))
    assert times[-1] < times[0]


@pytest.mark.ranks(1, 2, 3)
def test_jax() -> None:
    jax = pytest.importorskip("jax")
    f, values = function()

    def loss(scale, *arguments):
        return (f.jax(scale * arguments[0], *arguments[1:])[:2, 0] ** 2).sum() / 2

    given = [jax.numpy.asarray(one) for one in values]
    first = f(*values)
    by_time = np.zeros((3, 2))
    by_time[:2, 0] = first[:2, 0]
    expected = f.gradient(values, by_time)
    for made in (jax.grad(loss, argnums=(0, 1, 2, 3)), jax.jit(jax.grad(loss, (0, 1, 2, 3)))):
        by_scale, *found = made(1.0, *given)
        assert float(by_scale) == pytest.approx(expected[0] @ values[0], rel=1e-5)
        for one, known in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, known, rtol=2e-5, atol=1e-7)
    some = jax.numpy.stack([given[0], 1.2 * given[0]])
    many = jax.vmap(lambda w: f.jax(w, *given[1:]))(some)
    derivatives = jax.jit(jax.vmap(jax.grad(lambda w: loss(1.0, w, *given[1:]))))(some)
    for k in range(2):
        np.testing.assert_allclose(many[k], f(some[k], *given[1:]), rtol=1e-6)
        known = jax.grad(lambda w: loss(1.0, w, *given[1:]))(some[k])
        np.testing.assert_allclose(derivatives[k], known, rtol=2e-5)
    by_scale = jax.grad(loss)
    with pytest.raises(UnsupportedError, match=r"SpikeTimesFunction.jax: a second derivative"):
        jax.grad(lambda scale: by_scale(scale, *given))(1.0)
    assert float(loss(1.0, *given)) == pytest.approx(0.5 * (first[:2, 0] ** 2).sum(), rel=1e-6)


def test_where_they_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    f, values = function()
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ParameterError, match=rf"{name}: .*distsnn\[{name}\]"):
            getattr(f, name)(*values)
