"""Numbers of rules and delays that are set between runs, beside plain loops."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.checks.digest import have_one_digest
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.errors import ParameterError
from distsnn.front.synapses.synapse_checks import check_same_rule
from tests.plastic_networks import (
    DELAYS,
    DT,
    N_POST,
    N_PRE,
    Made,
    initial_weights,
    plastic_network,
    rules,
)
from tests.plastic_reference import steps

ALL: dict[str, tuple[Any, str]] = {
    name: (rule, list(DELAYS)[(n + 4) % len(DELAYS)])
    for n, (name, rule) in enumerate(rules().items())
}
FEW = ("additive ignoring", "additive")
N_STEPS = 700
# Within a burst, so that spikes of both sides are under way.
AT = 331


def other(rule: SpikeTiming) -> Any:
    """The same rule with other amplitudes, bounds and time constants."""
    changed: dict[str, Any] = {}
    made: Any = rule
    powers = getattr(rule, "dependence", "") == "guetig"
    for name in (field.name for field in fields(made) if field.init):
        value = getattr(rule, name)
        if name.startswith(("A", "eta")) and value is not None:
            changed[name] = value * (0.6 if name.endswith("plus") else 1.3)
        elif name.startswith("tau"):
            changed[name] = value * (1.7 if "plus" in name else 0.6)
        elif name == "w_max" and isinstance(value, float) and not powers:
            changed[name] = value - 0.8
    return replace(rule, **changed)  # type: ignore[type-var]  # all rules are dataclasses


def ran(made: Made, path: Path | None = None) -> dict[str, list[np.ndarray]]:
    """Weights when the rules are set, some steps later and at the end."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in made.synapses}
    for end, begin in ((AT, 0), (AT + 7, AT), (N_STEPS, AT + 7)):
        made.network.run((end - begin) * DT)
        for name, synapses in made.synapses.items():
            found[name].append(np.array(synapses.w))
            if end == AT:
                synapses.stdp = other(ALL[name][0])
        if path is not None and end == AT + 7:
            made.network.save(path)
    return found


def check(made: Made, found: dict[str, list[np.ndarray]], name: str) -> None:
    rule = ALL[name][0]
    later = made.synapses[name].stdp
    assert later is not None
    for end, weights in zip((AT, AT + 7, N_STEPS), found[name], strict=True):
        wanted, current = made.expected(name, end, (AT, rule, later))
        assert np.allclose(weights, wanted, rtol=1e-12, atol=1e-13), (name, end)
    assert np.allclose(made.current(name), current, rtol=1e-11, atol=1e-11), name
    # It matters.
    assert not np.allclose(made.expected(name, N_STEPS, (N_STEPS, rule, rule))[0], wanted)


def test_rules_set_between_runs_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    chosen = {name: ALL[name] for name in FEW}
    made = plastic_network(chosen, N_STEPS)
    found = ran(made, tmp_path / "state.h5")
    for name in FEW:
        check(made, found, name)
    resumed = plastic_network(chosen, N_STEPS)
    resumed.network.load(tmp_path / "state.h5")
    for name in FEW:
        rule, wanted = (one.synapses[name].stdp for one in (resumed, made))
        assert have_one_digest(rule.content(), wanted.content())
    resumed.network.run((N_STEPS - AT - 7) * DT)
    for name in FEW:
        assert np.array(resumed.synapses[name].w).tobytes() == found[name][-1].tobytes()
        assert resumed.current(name).tobytes() == made.current(name).tobytes()


def brute(made: Made, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Weights of the additive pair rule with delays (2, synapses; steps) set at step `AT`.

    All that was sent before is taken in at once; then spikes pair as if delays had always been the
    new ones. Pairs that meet in one step do not count.
    """
    rule = made.synapses[FEW[0]].stdp
    weights = initial_weights(FEW[0]).ravel()
    for k, (i, j) in enumerate(np.ndindex(N_PRE, N_POST)):
        pre, post = steps(made.pre, i, DT), steps(made.post, j, DT)
        w = weights[k]
        for (a, d), first, last in ((old[:, k], 0, AT), (new[:, k], AT, N_STEPS)):
            events = [(m + a, 1) for m in pre if first <= m < last]
            events += [(n + d, 0) for n in post if first <= n < last]
            for at, of_source in sorted(events):
                if at >= N_STEPS:
                    break
                if of_source:
                    ago = [at - n - d for n in post if n + d < at and n < last]
                    tau, change = rule.tau_minus, -rule.A_minus
                else:
                    ago = [at - m - a for m in pre if m + a < at and m < last]
                    tau, change = rule.tau_plus, rule.A_plus
                w += change * sum(np.exp(-x * DT / tau) for x in ago)
                w = min(max(w, rule.w_min), rule.w_max)
        weights[k] = w
    return weights


def test_delays_of_plastic_synapses() -> None:
    """What is under way is delivered with the delays that it had, and changes weights at once."""
    made = plastic_network({FEW[0]: ALL[FEW[0]]}, N_STEPS)
    synapses = made.synapses[FEW[0]]
    made.network.run(AT * DT)
    weights = np.array(synapses.w)
    old = np.rint(np.stack([synapses.delay, synapses.dendritic_delay]) / DT).astype(int)
    new = np.random.default_rng(8).integers([[0], [1]], 30, old.shape)
    synapses.delay, synapses.dendritic_delay = new * DT
    # They act from the next run on.
    assert np.array(synapses.w).tobytes() == weights.tobytes()
    made.network.run((N_STEPS - AT) * DT)
    assert np.allclose(synapses.w, brute(made, old, new), rtol=1e-12)


def delayed(way: str) -> tuple[snn.Network, Any, Any]:
    """Given spikes onto sums, through synapses of one kind."""
    rng = np.random.default_rng(5)
    index, step = np.nonzero(rng.random((6, 300)) < 0.1)
    source = snn.SpikeGeneratorGroup(6, index, step * DT, name="source")
    arrays = {"weight": rng.uniform(1.0, 2.0, (6, 4)), "delay": rng.integers(1, 60, (6, 4)) * DT}
    if way == "code":
        cells: Any = snn.NeuronGroup(4, "v : 1", threshold="False", name="cells")
        made = snn.Synapses(
            source, cells, "w : 1", on_pre="v_post += w", recognize=False, name="joined"
        )
        made.connect()
        made.w, made.delay = arrays["weight"].ravel(), arrays["delay"].ravel()
    else:
        cells = snn.NeuronGroup(4, "v : 1", threshold="False", name="cells")
        receptor = snn.Increment("v")
        made = snn.Synapses(
            source, cells, receptor, **arrays, name="joined",
            stp=snn.STD(tau=9.0, U=0.5) if way == "depressing" else None,
        )  # fmt: skip
        made.connect(snn.AllToAll())
    monitor = snn.StateMonitor(cells, "v", record=True, name="v")
    return snn.Network(source, cells, made, monitor, dt=DT, seed=1), made, monitor


def sums(made: Any, changes: dict[int, np.ndarray], depresses: bool) -> np.ndarray:
    """What the cells of `delayed` have received, spike by spike."""
    rng = np.random.default_rng(5)
    index, step = np.nonzero(rng.random((6, 300)) < 0.1)
    found = np.zeros((4, 601))
    last, x = np.full(6, -1), np.ones(6)
    for m, i in sorted(zip(step.tolist(), index.tolist(), strict=True)):
        delay = changes[max(begin for begin in changes if begin <= m)]
        release = 1.0
        if depresses:
            x[i] = 1 - (1 - x[i]) * np.exp(-(m - last[i]) * DT / 9.0) if last[i] >= 0 else 1.0
            release, x[i], last[i] = 0.5 * x[i], 0.5 * x[i], m
        for j in range(4):
            found[j, m + int(np.rint(delay[i, j] / DT)) + 1 :] += made.w[4 * i + j] * release
    return found[:, :300]


@pytest.mark.parametrize("way", ["table", "depressing", "code"])
def test_spikes_under_way_keep_their_delays(way: str, tmp_path: Path) -> None:
    net, made, monitor = delayed(way)
    first = np.asarray(made.delay[:]).reshape(6, 4)
    net.run(10.0)
    made.delay = 3.0
    made.delay[2, :] = "0.2*ms + j*0.1*ms"
    second = np.asarray(made.delay[:]).reshape(6, 4)
    assert second[2].tolist() == pytest.approx([0.2, 0.3, 0.4, 0.5])
    net.run(1.0)
    # Those of before are still under way, and so are those with the second ones.
    made.delay = second[::-1].ravel()
    net.run(0.5)
    net.save(tmp_path / "state.h5")
    net.run(18.5)
    wanted = sums(made, {0: first, 100: second, 110: second[::-1]}, way == "depressing")
    assert np.allclose(monitor.v, wanted, rtol=1e-12)
    for begun in (False, True):
        again, other_made, recorded = delayed(way)
        if begun:
            again.run(1.0)
        again.load(tmp_path / "state.h5")
        assert np.array_equal(other_made.delay, second[::-1].ravel())
        again.run(18.5)
        assert np.asarray(recorded.v).tobytes() == np.asarray(monitor.v).tobytes()


def test_stored_states_have_their_delays_and_rules() -> None:
    net, made, monitor = delayed("table")
    net.run(10.0)
    net.store()
    first = np.asarray(made.delay[:])
    net.run(8.0)
    expected = np.asarray(monitor.v[:])
    net.restore()
    made.delay = 1.0
    net.run(8.0)
    assert not np.array_equal(expected, monitor.v)
    net.restore()
    assert np.array_equal(made.delay, first)
    net.run(8.0)
    assert np.array_equal(expected, monitor.v)


def test_what_cannot_be_set_is_said() -> None:
    net, made, _ = delayed("table")
    with pytest.raises(ParameterError, match="delay was given 3 values"):
        made.delay = [1.0, 2.0, 3.0]
    with pytest.raises(ParameterError, match="delay"):
        made.delay = -1.0
    with pytest.raises(ParameterError, match="numbers of the rule that synapses were made with"):
        made.stdp = snn.STDP(1.0, 1.0)
    network = plastic_network({"additive": (rules()["additive"], "axonal")}, 10)
    plastic = network.synapses["additive"]
    for rule in (rules()["nearest"], rules()["vogels"]):
        with pytest.raises(ParameterError, match="whose numbers alone differ"):
            plastic.stdp = rule
    net.run(1.0)
    made.delay = 2.0
    net.dt = 0.05
    with pytest.raises(ParameterError, match="delays or rules were set between runs"):
        net.run(1.0)


@pytest.mark.long
def test_time_constants_become_those_of_each_synapse() -> None:
    rule = rules()["additive ignoring"]
    own = np.random.default_rng(2).uniform(2.0, 6.0, (N_PRE, N_POST))
    for pairing in ("all_to_all", "presynaptic_centered"):
        before = replace(rule, pairing=pairing)
        made = plastic_network({FEW[0]: (before, "both drawn")}, N_STEPS)
        synapses = made.synapses[FEW[0]]
        made.network.run(AT * DT)
        synapses.stdp = later = replace(before, tau_plus=own, tau_minus=7.0)
        made.network.run((N_STEPS - AT) * DT)
        wanted, current = made.expected(FEW[0], N_STEPS, (AT, before, later))
        assert np.allclose(synapses.w, wanted, rtol=1e-12, atol=1e-13)
        assert np.allclose(made.current(FEW[0]), current, rtol=1e-11, atol=1e-11)
        synapses.stdp = before
        assert synapses.stdp.separate


def test_bounds_of_powers_do_not_become_narrower() -> None:
    rule = snn.STDP(0.1, 0.1, w_max=5.0, dependence="guetig", mu_plus=0.4, mu_minus=0.4)
    check_same_rule("S", rule, replace(rule, A_plus=0.2, w_max=6.0))
    for narrower in ({"w_max": 4.0}, {"w_min": 0.5}, {"w_max": np.array([5.0, 4.9])}):
        with pytest.raises(ParameterError, match="bounds are narrower"):
            check_same_rule("S", rule, replace(rule, **narrower))


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_all_rules_set_between_runs() -> None:
    made = plastic_network(ALL, N_STEPS)
    found = ran(made)
    for name in ALL:
        check(made, found, name)
