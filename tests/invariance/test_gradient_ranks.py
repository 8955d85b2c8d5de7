"""Gradients have the same bits on any number of ranks and threads."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, learning
from distsnn.exchange import run_loopback

SURROGATE = learning.Surrogate(width=5.0)


def network(
    surrogate: learning.Surrogate | None = SURROGATE,
    exact_times: bool = False,
    checkpoint_steps: int | None = None,
    **given: object,
) -> tuple[snn.Network, learning.Adjoint, list[snn.StateMonitor]]:
    cells = snn.NeuronGroup(
        30,
        snn.LIF(
            tau_m=snn.Uniform(8.0, 15.0),
            t_ref=snn.Uniform(0.0, 3.0),
            V_th=snn.Uniform(-58.0, -25.0),
            sensitivities=True,
        ),
        name="cells",
    )
    source = snn.PoissonGroup(20, rates=0.02, name="source")
    fast, slow = snn.Exponential(tau=3.0), snn.Alpha(tau=6.0, name="slow")
    feed = snn.Synapses(
        source,
        cells,
        fast,
        weight=snn.Normal(900.0, 100.0),
        delay=snn.Uniform(0.5, 2.0),
        name="feed",
    )
    feed.connect(p=0.3)
    again = snn.Synapses(
        cells[:20],
        cells[5:],
        slow,
        weight=snn.Normal(100.0, 50.0),
        delay=snn.Uniform(0.4, 4.0),
        name="again",
    )
    again.connect(p=0.4)
    again.connect(i=[0, 0, 3], j=[1, 1, 2])
    noise = snn.PoissonInput(cells, fast, N=10, rate=0.05, weight=150.0)
    trace, late = (snn.StateMonitor(cells[5:15], "V_m", record=[7, 0, 3]) for _ in range(2))
    net = snn.Network(cells, source, feed, again, noise, trace, seed=3, **given)
    adjoint = learning.Adjoint(
        net, surrogate, exact_times=exact_times, checkpoint_steps=checkpoint_steps
    )
    net.add(late)
    net.run(40.0)
    return net, adjoint, [trace, late]


def gradients(threads: int = 1) -> list[bytes]:
    net, adjoint, (trace, late) = network(threads=threads)
    cells, source, feed, again = (net[name] for name in ("cells", "source", "feed", "again"))
    assert adjoint._spikes[0].num_spikes > 40
    gradient = adjoint.backward(learning.SpikeCount(cells, 2.0, 30.0, 10.0))
    assert gradient.silent(cells).size > 2
    found = [
        gradient.weight(feed),
        gradient.weight(again),
        gradient.delay(feed),
        gradient.delay(again),
    ]
    found += [gradient.current(cells), gradient.spike_times(cells), gradient.spike_times(source)]
    constants = "tau_m", "tau_I_syn", "tau_I_syn_slow"
    found += [gradient.time_constant(cells, name) for name in constants]
    gradient = adjoint.backward(learning.VoltageIntegral(trace, -60.0))
    found += [gradient.weight(feed), gradient.delay(again), gradient.current(cells)]
    found += [gradient.time_constant(cells, name) for name in constants]
    gradient = adjoint.backward(learning.VoltageIntegral(late, -60.0))
    assert gradient.weight(feed).tobytes() == found[-6].tobytes()
    with pytest.raises(ParameterError, match="tau_m of cells, whose potentials a loss depends on"):
        gradient.time_constant(cells, "tau_m")
    assert all(np.isfinite(values).all() and np.ptp(values) > 0 for values in found)
    return [values.tobytes() for values in found]


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    return gradients()


@pytest.mark.parametrize("size", [2, 3, pytest.param(4, marks=pytest.mark.long), 7, 40])
def test_ranks(alone: list[bytes], size: int) -> None:
    assert run_loopback(size, lambda _: gradients()) == [alone] * size


def test_threads(alone: list[bytes]) -> None:
    assert gradients(threads=3) == alone
    assert run_loopback(2, lambda _: gradients(threads=2)) == [alone] * 2


def of_trials(**given: object) -> list[bytes]:
    net, adjoint, (trace, _) = network(**given)
    cells, feed, again = (net[name] for name in ("cells", "feed", "again"))
    count, potential = learning.SpikeCount(cells, 2.0, 30.0, 10.0), learning.VoltageIntegral(trace)
    # A loss of each trial, and one of all.
    others = [learning.SpikeCount(cells, wanted, 20.0, 5.0) for wanted in (1.0, 3.0, 0.0)]
    if net.trials is None:
        gradients = [adjoint.backward(count, others[net.trial or 0], potential)]
    else:
        whole = adjoint.backward(count, others, potential)
        gradients = [whole[trial] for trial in range(3)]
        total = gradients[0].weight(feed) + gradients[1].weight(feed) + gradients[2].weight(feed)
        assert whole.weight(feed).tobytes() == total.tobytes()
        assert whole.value == sum(one.value for one in gradients)
        with pytest.raises(ParameterError, match="each trial has its own"):
            whole.spike_times(cells)
        assert adjoint.recorded(1).spikes(cells).t.size > 40
        with pytest.raises(ParameterError, match="the network has 3 trials"):
            adjoint.recorded()
        with pytest.raises(ParameterError, match="losses are objects of Loss, or of each trial"):
            adjoint.backward(others[:2])
    found = [
        (one.weight(feed), one.delay(again), one.current(cells), one.spike_times(cells))
        for one in gradients
    ]
    constants = [one.time_constant(cells, "tau_I_syn") for one in gradients]
    return [values.tobytes() for part in found for values in part] + [
        x.tobytes() for x in constants
    ]


def test_trials() -> None:
    alone = [of_trials(trial=trial) for trial in range(3)]
    assert len({one[0] for one in alone}) == 3
    expected = [values for one in alone for values in one[:4]] + [one[4] for one in alone]
    assert of_trials(trials=3) == expected
    for size, divide in ((2, "trials"), (2, "neurons"), (3, "trials"), (7, "trials")):
        found = run_loopback(size, lambda _, d=divide: of_trials(trials=3, divide=d))
        assert found == [expected] * size
