"""Scripts about groups: the number of ranks is not part of the result, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from tests.group_networks import clocked, every_kind
from tests.group_scripts import SCRIPTS, joined_network
from tests.ordered_scripts import RESETS_FIRST, ordered_network
from tests.slot_scripts import network_with_orders

COUNTS = (1, 2, 3, 4, 7)
Result = dict[str, np.ndarray]
Made = Callable[..., tuple[snn.Network, Callable[[], Result]]]


def check_same(found: Result, first: Result) -> None:
    assert found.keys() == first.keys()
    for name, values in first.items():
        assert np.asarray(values).tobytes() == np.asarray(found[name]).tobytes(), name


# Those within steps are run and resumed below.
@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "within steps"])
def test_a_script_does_not_depend_on_ranks(name: str) -> None:
    first = SCRIPTS[name](snn)
    for count in COUNTS:
        for found in run_loopback(count, lambda _: SCRIPTS[name](snn)):
            check_same(found, first)


def ordered(n: int) -> Made:
    """A network with a schedule of its own, without what its calls have seen."""

    def made(threads: int = 1) -> tuple[snn.Network, Callable[[], Result]]:
        net, results = ordered_network(snn, n, threads=threads)

        def kept() -> Result:
            return {key: x for key, x in results().items() if not key.startswith("log")}

        return net, kept

    return made


def with_orders(threads: int = 1) -> tuple[snn.Network, Callable[[], Result]]:
    """A network of groups and synapses with orders of their own."""
    net, results = network_with_orders(snn, 2, threads=threads)
    return net, results


@pytest.mark.parametrize(
    ("made", "durations"),
    [
        (every_kind, (13.7, 16.3)),
        (clocked, (13.7, 16.3)),
        (with_orders, (3.7, 4.3)),
        *((ordered(n), (2.6, 2.7)) for n in (0, 1, 3, RESETS_FIRST)),
    ],
)
def test_a_network_goes_on_on_another_number_of_ranks(
    made: Made, durations: tuple[float, float], tmp_path: Path
) -> None:
    path = tmp_path / "state.h5"
    until, further = durations

    def whole(_: object) -> Result:
        net, results = made()
        net.run(until * snn.ms)
        net.run(further * snn.ms)
        return results()

    def begin(_: object) -> None:
        net, _results = made()
        net.run(until * snn.ms)
        net.save(path, overwrite=True)

    def go_on(_: object) -> Result:
        net, results = made()
        net.load(path)
        net.run(further * snn.ms)
        return results()

    (first,) = run_loopback(1, whole)
    for before, after in ((2, 3), (3, 1)):
        run_loopback(before, begin)
        for found in run_loopback(after, go_on):
            check_same(found, first)


def test_synapses_of_synapses_go_on_on_another_number_of_ranks(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"

    def job(load: bool) -> Result | None:
        net, results = joined_network(snn)
        if load:
            net.load(path)
        net.run((2.6 if load else 1.5) * snn.ms)
        if not load:
            net.save(path, overwrite=True)
            net.run(2.6 * snn.ms)
        # What is recorded before a checkpoint goes with it.
        return {x: np.asarray(values)[..., -10:] for x, values in results().items()}

    (first,) = run_loopback(1, lambda _: job(load=False))
    run_loopback(3, lambda _: job(load=False))
    for found in run_loopback(2, lambda _: job(load=True)):
        check_same(found, first)


@pytest.mark.parametrize(("made", "duration"), [(every_kind, 30), (clocked, 30), (ordered(0), 3.3)])
def test_threads_of_a_rank_do_the_same(made: Made, duration: float) -> None:
    net, results = made()
    net.run(duration * snn.ms)
    first = results()
    net, results = made(threads=3)
    net.run(duration * snn.ms)
    check_same(results(), first)


def test_spikes_are_in_the_order_of_their_gids_where_groups_are_updated_in_another() -> None:
    """Sums over spikes of two groups in one table; the first group reads the second."""

    def job(_: object) -> Result:
        second = snn.NeuronGroup(
            9, "dx/dt = 1/ms : 1", threshold="(t_in_timesteps + i) % 2 == 0", reset="", name="z"
        )
        first = snn.NeuronGroup(
            9, "y = 2*x : 1\nx : 1 (linked)", threshold="y > i % 3", reset="", name="a"
        )
        second.x, first.x = "i", snn.linked_var(second.x)
        onto = snn.NeuronGroup(5, "q : 1", name="onto")
        made = [snn.Synapses(one, onto, "w : 1", on_pre="q_post += w") for one in (first, second)]
        for one in made:
            one.connect()
            one.w = "rand()*10**(4*rand())"
        snn.Network(first, second, onto, made, seed=2).run(3 * snn.ms)
        return {"q": onto.q[:]}

    expected = job(None)
    for count in COUNTS:
        for found in run_loopback(count, job):
            check_same(found, expected)
