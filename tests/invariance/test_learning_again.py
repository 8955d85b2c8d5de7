"""Networks that are run again, in continuous time or for potentials: the same bits on any ranks."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import learning
from distsnn.exchange import run_loopback
from tests.invariance.test_gradient_ranks import network


class Towards(learning.VoltageLoss):
    """A loss of potentials that changes with time and neuron."""

    def density(self, V, t, which):
        difference = V + 62.0 - np.sin(t) - 0.1 * which
        return difference**2, 2 * difference


def numbers(gradient: learning.Gradient, net: snn.Network) -> list[bytes]:
    cells, feed, again = (net[name] for name in ("cells", "feed", "again"))
    found = [gradient.weight(feed), gradient.delay(again), gradient.current(cells)]
    for name in ("tau_m", "tau_I_syn", "tau_I_syn_slow"):
        found.append(gradient.time_constant(cells, name))
    assert all(np.isfinite(values).all() and np.ptp(values) > 0 for values in found)
    return [np.float64(gradient.value).tobytes(), *(values.tobytes() for values in found)]


def gradients(exact: bool, spacing: int | None = None, **given: object) -> list[bytes]:
    net, adjoint, _ = network(surrogate=None, exact_times=exact, checkpoint_steps=spacing, **given)
    cells = net["cells"]
    losses = learning.VoltageIntegral(cells[3:20], -60.0), Towards(cells)
    whole = adjoint.backward(*losses, learning.SpikeCount(cells, 0.0, 30.0, 10.0))
    if net.trials is None:
        return numbers(whole, net)
    return [x for trial in range(3) for x in numbers(whole[trial], net)]


@pytest.fixture(scope="module", params=[False, True], ids=["grid", "exact"])
def alone(request: pytest.FixtureRequest) -> tuple[bool, list[bytes]]:
    return request.param, gradients(request.param)


@pytest.mark.parametrize("size", [2, 3, pytest.param(4, marks=pytest.mark.long), 7, 40])
def test_ranks(alone: tuple[bool, list[bytes]], size: int) -> None:
    exact, expected = alone
    # States are kept elsewhere, too.
    assert run_loopback(size, lambda _: gradients(exact, 10 * size)) == [expected] * size


def test_threads_and_where_states_are_kept(alone: tuple[bool, list[bytes]]) -> None:
    exact, expected = alone
    assert gradients(exact, 1) == expected
    assert gradients(exact, 10**6) == expected
    assert run_loopback(2, lambda _: gradients(exact, threads=2)) == [expected] * 2


def test_trials() -> None:
    expected = [x for trial in range(3) for x in gradients(True, trial=trial)]
    assert gradients(True, trials=3) == expected
    for size, divide in ((2, "trials"), (3, "neurons"), (7, "trials")):
        found = run_loopback(size, lambda _, d=divide: gradients(True, trials=3, divide=d))
        assert found == [expected] * size


def test_potentials_beside_those_that_are_recorded() -> None:
    """Computed again they are the same but for rounding, with Poisson input, delays and resets."""
    net, adjoint, (trace, _) = network(surrogate=None)
    cells, feed = net["cells"], net["feed"]
    recorded = adjoint.backward(Towards(trace))

    class Again(Towards):
        def __init__(self) -> None:
            super().__init__(cells)
            self.index = 5 + np.array(trace.record)

    found = adjoint.backward(Again())
    # What is recorded ends with the last step's begin.
    np.testing.assert_allclose(found.value, recorded.value, rtol=1e-3)
    for name in ("tau_m", "tau_I_syn_slow"):
        known, values = (x.time_constant(cells, name) for x in (recorded, found))
        np.testing.assert_allclose(values, known, atol=3e-3 * np.abs(known).max())
    known, values = recorded.weight(feed), found.weight(feed)
    np.testing.assert_allclose(values, known, atol=3e-3 * np.abs(known).max())
