"""Networks on several threads of one process: settings, errors, what can be asked after a run."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError
from distsnn.run.state import gathered_values
from tests.plastic_texts import found, is_recognized, text_network


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Other tests have one."""
    yield
    snn.set_threads(1)


def network(threads: int | None = None) -> tuple[snn.Network, snn.ReadySynapses]:
    cells = snn.NeuronGroup(20, snn.LIF(I_e=420.0, t_ref=0.5), name="cells")
    cells.V_m = snn.Uniform(-70.0, -56.0)
    rule = snn.STDP(2.0, 2.0, w_max=50.0)
    synapses = snn.Synapses(cells, cells, snn.Exponential(3.0), weight=20.0, delay=1.0, stdp=rule)
    synapses.connect(p=0.3)
    return snn.Network(cells, synapses, threads=threads), synapses


def test_threads_of_networks_that_are_made_from_now_on() -> None:
    assert network()[0].threads == 1
    snn.set_threads(3)
    assert network()[0].threads == 3
    net, _ = network(2)
    assert net.threads == 2
    summary = net.run(20.0)
    assert (summary.n_threads, len(summary.ranks)) == (2, 2)
    assert sum(report.neurons for report in summary.ranks) == 20
    assert "on 1 rank of 2 threads" in str(summary)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("thread ")]


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_what_is_no_number_of_threads(threads: object) -> None:
    for say in (snn.set_threads, network, lambda n: setattr(network()[0], "threads", n)):
        with pytest.raises(ParameterError, match="threads is a whole number >= 1"):
            say(threads)


def test_threads_are_fixed_by_the_first_run() -> None:
    net, _ = network()
    net.threads = 2
    net.run(1.0)
    with pytest.raises(ParameterError, match="threads was set after the first run"):
        net.threads = 1


def test_an_error_while_building_is_raised_once() -> None:
    cells = snn.NeuronGroup(20, snn.LIF(V_reset=-60.0), name="cells")
    cells.V_th = np.linspace(-70.0, -50.0, 20)
    with pytest.raises(ParameterError, match="V_reset"):
        snn.Network(cells, threads=3).run(1.0)


def test_values_of_many_synapses_are_read_from_all_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only on several ranks there are too many to gather."""
    monkeypatch.setattr(gathered_values, "MOST_VALUES", 1)
    expected, several = network(1), network(3)
    for net, _ in (expected, several):
        net.run(60.0)
    assert np.unique(several[1].w).size > 10
    assert several[1].w.tobytes() == expected[1].w.tobytes()
    results = []
    for threads in (1, 3):
        snn.set_threads(threads)
        net, parts, spikes = text_network()
        net.run(30.0)
        assert is_recognized(net)
        results.append(found(parts, spikes))
    for name, values in results[0].items():
        assert values.tobytes() == results[1][name].tobytes(), name
