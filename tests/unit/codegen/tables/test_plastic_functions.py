"""Plastic tables against one synapse after the other, event by event.

The generated code brings weights up to date when spikes are delivered; the twin lets every
event act at its time. Both add the same numbers, the traces in another order: they differ by
rounding, some units in the last place for each of at most 200 events of a synapse.
"""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.assemble.tables import plastic_tables
from distsnn.codegen.program_arguments import OfHistory
from tests.plastic_networks import DELAYS, DT, W_MAX, Made, plastic_network, rules

# Every rule, and every division of delays with several of them.
ALL = {
    name: (rule, list(DELAYS)[n % len(DELAYS)]) for n, (name, rule) in enumerate(rules().items())
}
# What differs most; all of them take long to compile.
FEW = (
    "additive ignoring",
    "per synapse",
    "van rossum",
    "own times ignoring",
)
N_STEPS = 900
STEPS_BETWEEN = (1, 333, N_STEPS)


def run(made: Made) -> dict[str, list[np.ndarray]]:
    """Run in pieces; the weights after each."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in made.synapses}
    before = 0
    for end in STEPS_BETWEEN:
        made.network.run((end - before) * DT)
        before = end
        for name, synapses in made.synapses.items():
            found[name].append(np.array(synapses.w))
    return found


@pytest.fixture(scope="module")
def made() -> tuple[Made, dict[str, list[np.ndarray]]]:
    network = plastic_network({name: ALL[name] for name in FEW}, N_STEPS)
    return network, run(network)


def test_spikes_are_hard(made: tuple[Made, dict[str, list[np.ndarray]]]) -> None:
    """There are consecutive steps with spikes, and both bounds are reached."""
    post = made[0].post
    step = np.rint(post.t / DT).astype(int)
    assert any(np.any(np.diff(step[post.i == i]) == 1) for i in range(9))
    last = made[1]["additive ignoring"][-1]
    assert (last == 0.0).any()
    assert (last == W_MAX).any()


def check(made: tuple[Made, dict[str, list[np.ndarray]]], name: str) -> None:
    network, found = made
    for end, weights in zip(STEPS_BETWEEN, found[name], strict=True):
        wanted, current = network.expected(name, end)
        assert np.allclose(weights, wanted, rtol=1e-12, atol=1e-13)
    assert np.allclose(network.current(name), current, rtol=1e-11, atol=1e-11)
    assert not np.allclose(found[name][-1], found[name][0])


@pytest.mark.parametrize("name", FEW)
def test_weights_and_currents(made: tuple[Made, dict[str, list[np.ndarray]]], name: str) -> None:
    check(made, name)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_all_rules() -> None:
    network = plastic_network(ALL, N_STEPS)
    found = run(network)
    for name in ALL:
        check((network, found), name)


def test_short_histories(
    made: tuple[Made, dict[str, list[np.ndarray]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When weights take in old spikes, and how much room there is, changes no bit."""
    monkeypatch.setattr(plastic_tables, "_LEAST", 2)
    monkeypatch.setattr(plastic_tables, "_MOST", 2)
    network = plastic_network({name: ALL[name] for name in FEW}, N_STEPS)
    found = run(network)
    for name, weights in made[1].items():
        for one, other in zip(weights, found[name], strict=True):
            assert one.tobytes() == other.tobytes()
    build = network.network._state.built.build
    assert build is not None
    flushed = [
        int(build.arrays[OfHistory(h)["flushed"]][0]) for h in range(len(build.plastic.histories))
    ]
    assert min(flushed) > 0
