"""Whatever can be set between runs is in a checkpoint: the table of settable names says what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import distsnn as snn
from distsnn.describe.checks.settable import BETWEEN_RUNS, settable
from distsnn.exchange import run_loopback
from tests.saved_networks import Results, same

# Where a number near 0.1 is none that may be set.
VALUES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("noise", "rates"): (0.2, "(1 + i + rand())*20*Hz*(t > 9*ms)"),
    ("given", "times"): (np.array([11.0, 13.0]), np.array([10.5, 21.0])),
    ("given", "indices"): (np.array([0, 1]), np.array([1, 1])),
    ("input", "rate"): (0.02, 0.03),
    ("input", "N"): (7, 9),
    ("input", "weight"): (0.02, 0.03),
    **{("lif", name): (value, value + 1) for name, value in (
        ("E_L", -69.0), ("V_th", -54.0), ("V_reset", -68.0), ("V_m", -60.0), ("C_m", 240.0),
        ("tau_m", 9.0), ("t_ref", 1.5), ("I_e", 900.0),
    )},
    ("lif", "I_syn_exc"): (20.0, "20*rand()*pA"),
    ("lif", "tau_I_syn_exc"): (3.0, "2*ms + 3*rand()*ms"),
    ("G", "k"): (2.5, "2 + rand()"),
    ("pair", "lastupdate"): (3.0, 8.0),
    **{(name, "delay"): (1.4, "0.3*ms + 2*ms*rand()") for name in ("table", "code", "plain")},
    ("plain", "dendritic_delay"): (0.4, np.linspace(0.0, 2.0, 14)),
    ("ready", "delay"): ("0.5*ms*i", 0.8),
    ("ready", "dendritic_delay"): (2.0, "ms*rand()"),
    ("ready", "stdp"): (
        snn.STDP(20.0, 30.0, 9.0, 4.0, w_max=55.0),
        snn.STDP(0.0, 0.0, 5.0, 4.0, w_max=70.0),
    ),
}  # fmt: skip
WRITTEN = {"table", "code", "pair", "rule"}
# What rests, first and then.
RESTING = ({"noise", "table", "input"}, {"given", "code"})


def network() -> tuple[snn.Network, list[Any]]:
    """Every kind of object whose attributes can be set."""
    G = snn.NeuronGroup(
        9, "dv/dt = (k + g - v)/(10*ms) : 1\ng : 1\nk : 1\nh : 1", threshold="v > 1",
        reset="v = 0", name="G",
    )  # fmt: skip
    G.k = "1.1 + 0.1*i"
    lif = snn.NeuronGroup(7, snn.LIF(I_e=400.0), name="lif")
    noise = snn.PoissonGroup(5, rates=0.1, name="noise")
    given = snn.SpikeGeneratorGroup(2, [0, 1, 0, 1], [1.0, 2.0, 4.1, 4.7], name="given")
    pair = {
        "model": "w : 1\ndapre/dt = -apre/(5*ms) : 1 (event-driven)\n"
        "dapost/dt = -apost/(5*ms) : 1 (event-driven)",
        "on_pre": "g_post += w; apre += 0.01; w = clip(w + apost, 0, 1)",
        "on_post": "apost += -0.01; w = clip(w + apre, 0, 1)",
    }
    exc = snn.Exponential(4.0, name="exc")
    synapses = [
        snn.Synapses(G, G, "w : 1", on_pre="g_post += w", name="table"),
        snn.Synapses(noise, G, "w : 1\nu : 1", on_pre="g_post += w*u; u *= 0.9", name="code"),
        snn.Synapses(noise, G, name="pair", **pair),
        snn.Synapses(noise, G, name="rule", **pair),
        snn.Synapses(given, lif, exc, weight=50.0, delay=snn.Uniform(0.3, 4.0), name="plain"),
        snn.Synapses(
            noise,
            lif,
            exc,
            weight=50.0,
            delay=snn.Uniform(0.1, 2.0),
            name="ready",
            dendritic_delay=snn.Uniform(0.1, 2.0),
            stdp=snn.STDP(9.0, 8.0, w_max=80.0),
        ),
    ]
    for one in synapses:
        one.connect(p=1.0 if one.name == "plain" else 0.7)
    synapses[0].w, synapses[1].w, synapses[1].u = 0.05, 0.1, 1.0
    synapses[2].w = synapses[3].w = 0.1
    inputs = snn.PoissonInput(G, "g", 5, 0.01, 0.01, name="input")
    monitors = [snn.SpikeMonitor(group, name=f"{group.name}_s") for group in (G, lif, noise)]
    parts = [G, lif, noise, given, *synapses, inputs]
    return snn.Network(*parts, monitors, seed=4), parts


def set_all(parts: list[Any], turn: int) -> int:
    """Set every attribute that can be set between runs: numbers, then what is drawn."""
    n_set = 0
    for part in parts:
        names = [name for name, when in settable(part).items() if when == BETWEEN_RUNS]
        together = [name for name in ("indices", "times") if name in names]
        if together and hasattr(part, "set_spikes"):
            part.set_spikes(*(VALUES[part.name, name][turn] for name in together))
            names = [name for name in names if name not in together]
            n_set += len(together)
        if part.name not in {"pair", "rule"}:  # these are in tables with rules
            part.active = part.name not in RESTING[turn]
        for name in (name for name in names if name != "active"):
            if part.name in WRITTEN and name not in part.variables():
                continue  # variables of the groups, which are set there
            if part.name == "rule" and name != "w":
                continue  # so that they stay a rule
            if (part.name, name) in {("pair", "delay"), ("plain", "stdp")}:
                continue  # tables with rules have one, and those without have no rule
            if (part.name, name) in VALUES:
                value = VALUES[part.name, name][turn]
            elif part.name in {"ready", "plain"}:
                value = (60.0, "(20 + 30*rand())*pA")[turn]
            else:
                value = (0.07, "0.05*rand() + 0.01")[turn]
            setattr(part, name, value)
            n_set += 1
    return n_set


def results(net: snn.Network, parts: list[Any]) -> Results:
    found = {}
    for monitor in net.monitors:
        found |= {f"{monitor.name} t": monitor.t, f"{monitor.name} i": monitor.i}
    for part in parts:
        for name in settable(part):
            if name != "stdp" and (part.name not in WRITTEN or name in part.variables()):
                found[f"{part.name} {name}"] = np.array(getattr(part, name), dtype=np.float64)
    return found


def begin(path: Path) -> tuple[snn.Network, list[Any]]:
    net, parts = network()
    net.run(5.0)
    assert set_all(parts, 0) > 20
    net.run(5.0)
    net.save(path, overwrite=True)
    return net, parts


def go_on(net: snn.Network, parts: list[Any]) -> tuple[Results, Results]:
    saved = results(net, parts)
    set_all(parts, 1)
    net.run(15.0)
    return saved, results(net, parts)


def test_whatever_can_be_set_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "2.h5"
    whole = run_loopback(2, lambda _: go_on(*begin(path)))[0]
    assert all(whole[1][f"{name}_s t"].size > 5 for name in ("G", "lif", "noise"))
    begin(tmp_path / "1.h5")
    assert (tmp_path / "1.h5").read_bytes() == path.read_bytes()

    def resumed(_: object) -> tuple[Results, Results]:
        net, parts = network()
        net.load(path)
        return go_on(net, parts)

    for count in (1, 3, 4, 7):
        for found in run_loopback(count, resumed):
            for part, expected in zip(found, whole, strict=True):
                same(part, expected)
