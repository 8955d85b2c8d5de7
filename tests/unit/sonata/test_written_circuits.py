"""Networks that are written as circuits: they come back the same, and others read them."""

from __future__ import annotations

import json
from pathlib import Path

import libsonata
import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.nest_models.adex_neurons import AdExWithinSteps
from distsnn.nest_models.glif import glif_class


def network() -> snn.Network:
    """Neurons of each kind that SONATA can name, with all kinds of synapses between them."""
    exp = snn.NeuronGroup(12, snn.LIF(I_e=np.linspace(300, 420, 12), tau_m=12.0), name="exp")
    alpha = snn.NeuronGroup(9, snn.LIF(I_e=390.0, t_ref=1.5), name="alpha")
    delta = snn.NeuronGroup(7, snn.LIF(I_e=370.0), name="delta")
    cond = snn.NeuronGroup(8, snn.LIF(I_e=350.0, g_L=20.0, E_L=-68.0), name="cond")
    exp.V_m = snn.Uniform(-70.0, -56.0)
    given = snn.SpikeGeneratorGroup(3, [0, 1, 2, 0, 0], [1.0, 12.0, 25.0, 41.0, 41.0], name="given",
                                    most_per_step=2)  # fmt: skip
    adex = snn.NeuronGroup(5, AdExWithinSteps(I_e=np.linspace(500.0, 800.0, 5)), name="adex")
    quick, down = snn.Exponential(1.5, snn.COBA(0.0)), snn.Exponential(4.0, snn.COBA(-85.0))
    adex.w = 12.0
    model = glif_class((True, True, False), 2)
    values = {"asc_decay_1": 0.01, "asc_decay_2": np.linspace(0.05, 0.2, 6), "asc_amps_1": -8.0}
    glif = snn.NeuronGroup(6, model(E_L=-70.0, V_th=-67.0, C_m=90.0, **values), name="glif")
    glif.ASC_1 = 3.0
    ports = snn.Alpha(2.5, name="port_1"), snn.Alpha(0.9, name="port_2")
    ex, inh = snn.Exponential(2.0), snn.Exponential(5.0)
    up, jump = snn.Alpha(1.5), snn.Delta()
    fast, slow = snn.Exponential(1.0, snn.COBA(0.0)), snn.Exponential(6.0, snn.COBA(-80.0))
    rule = snn.STDP(0.01, 0.012, w_max=200.0, dependence="guetig", mu_plus=0.4, mu_minus=0.7,
                    coincidence="ignore", transmits="after", tau_minus=30.0)  # fmt: skip
    synapses = [
        snn.Synapses(exp, exp, ex, weight=snn.Normal(40.0, 5.0, low=0.0),
                     delay=snn.Uniform(0.5, 3.0), name="a"),
        snn.Synapses(alpha, exp, inh, weight=-60.0, delay=1.5, name="b"),
        snn.Synapses(exp, alpha, up, weight=50.0, dendritic_delay=0.8, stdp=rule, name="c"),
        snn.Synapses(exp, delta, jump, weight=snn.Uniform(-0.5, 1.0), delay=1.0, name="d"),
        snn.Synapses(exp, cond, fast, weight=3.0, delay=1.2, name="e",
                     stp=snn.STP(0.4, 80.0, 120.0, x="before", u_0=0.0)),
        snn.Synapses(delta, cond, slow, weight=snn.Normal(4.0, 1.0, low=0.0), delay=2.0, name="f"),
        snn.Synapses(given, cond, fast, weight=40.0, delay=0.7, name="g"),
        snn.Synapses(exp[2:9], adex[1:], quick, weight=9.0, delay=1.3, name="h"),
        snn.Synapses(delta, adex, down, weight=snn.Uniform(0.5, 2.0), delay=0.6, name="k"),
        snn.Synapses(exp, glif, ports[1], weight=snn.Uniform(-9.0, 40.0), delay=1.1, name="l"),
        snn.Synapses(alpha, glif, ports[0], weight=25.0, delay=0.8, name="m"),
    ]  # fmt: skip
    for made in synapses:
        made.connect(p=0.5)
    return snn.Network(exp, alpha, delta, cond, adex, glif, given, synapses, dt=0.1, seed=6)


def test_what_is_written_comes_back_the_same_and_is_read_by_others(tmp_path: Path) -> None:
    plain = network()
    plain.run(120.0, record=tmp_path / "plain.h5")
    expected = snn.SpikeFile(tmp_path / "plain.h5")
    for count in (1, 3):
        folder = tmp_path / f"circuit{count}"
        run_loopback(count, lambda _, to=folder: network().write_sonata(to, tstop=120.0))
        run_loopback(2, lambda _, to=folder: snn.Network.from_sonata(to / "config.json").run())
        found = snn.SpikeFile(folder / "output" / "spikes.h5")
        assert list(found.groups) == ["exp", "alpha", "delta", "cond", "adex", "glif"]
        for name in found.groups:
            times, nodes = expected.spikes(name)
            assert times.size > 5, name
            np.testing.assert_allclose(found.spikes(name)[0], times + 0.1)
            np.testing.assert_array_equal(found.spikes(name)[1], nodes)
    nodes = libsonata.NodeStorage(str(folder / "network" / "exp_nodes.h5"))
    assert nodes.open_population("exp").size == 12
    edges = libsonata.EdgeStorage(str(folder / "network" / "a_edges.h5")).open_population("a")
    assert edges.size == len(plain["a"].i)
    assert edges.source == edges.target == "exp"
    every = libsonata.Selection([(0, edges.size)])
    np.testing.assert_array_equal(np.sort(edges.get_attribute("syn_weight", every)),
                                  np.sort(plain["a"].w[:]))  # fmt: skip
    with pytest.raises(snn.DistsnnError, match="a circuit replaces nothing"):
        network().write_sonata(folder)
    network().write_sonata(folder, overwrite=True)
    assert json.loads((folder / "config.json").read_text())["run"]["tstop"] == 1000.0


def test_what_no_circuit_can_say_is_refused_by_name(tmp_path: Path) -> None:
    cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
    ex = snn.Exponential(2.0)

    def refused(match: str, *objects: object) -> None:
        with pytest.raises(snn.ParameterError, match=match):
            snn.Network(*objects).write_sonata(tmp_path / "none")

    refused("has equations", snn.NeuronGroup(2, "dv/dt = -v/second : 1"))
    adaptive = snn.NeuronGroup(2, snn.AdaptiveLIF(), name="adaptive")
    onto = snn.Synapses(cells, adaptive, snn.Alpha(2.0), weight=1.0)
    onto.connect()
    refused("adaptive has the receptors Alpha", cells, adaptive, onto)
    refused("PoissonInput", cells, snn.PoissonInput(cells, ex, N=3, rate=0.1, weight=1.0))
    refused("is a PoissonGroup", snn.PoissonGroup(3, rates=0.1))
    ran = snn.Network(snn.NeuronGroup(2, snn.LIF()))
    ran.run(1.0)
    with pytest.raises(snn.ParameterError, match="the network has run"):
        ran.write_sonata(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_sections_that_nobody_knows_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    snn.Network(cells).write_sonata(tmp_path / "circuit")
    path = tmp_path / "circuit" / "config.json"
    snn.Network.from_sonata(path)
    assert not caplog.messages
    path.write_text(json.dumps(json.loads(path.read_text()) | {"runs": {}, "x": 1}))
    snn.Network.from_sonata(path)
    assert caplog.messages == [f"{path}: nothing is known of runs, x; the circuit runs without"]
