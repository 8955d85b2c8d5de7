"""Warnings of numbers that are most likely in another unit, and of groups that stay on one rank."""

from __future__ import annotations

import logging
import warnings

import pytest

import distsnn as snn
from distsnn import ms, pF
from distsnn.errors import UnlikelyValueWarning
from distsnn.front.names.scope import expecting_quantities
from distsnn.front.network.build_warnings import warn_of_unlikely


def test_each_gets_one_warning() -> None:
    seconds = snn.NeuronGroup(2, snn.LIF(tau_m=0.02), name="seconds")
    farad = snn.NeuronGroup(2, snn.LIF(), name="farad")
    farad.C_m = [250e-12, 250.0]
    low = snn.NeuronGroup(2, snn.LIF(V_th=-80.0), name="low")
    fine = snn.NeuronGroup(2, snn.LIF(tau_m=20 * ms, C_m=snn.Uniform(200, 300)), name="fine")
    fine.C_m, fine.V_th = 200 * pF, "-50*mV + i*mV"
    slow = {"tau_x": 0.02}
    equations = snn.NeuronGroup(
        2,
        "dv/dt = -v/tau : 1\ntau : second\ndx/dt = -x/tau_x : 1",
        namespace=slow,
        name="equations",
    )
    equations.tau = 0.01
    net = snn.Network(seconds, farad, low, fine, equations)
    with pytest.warns(UnlikelyValueWarning) as found:
        warn_of_unlikely(net.description)
    texts = [str(one.message) for one in found]
    assert [text.split(";")[0].split(", is")[0] for text in texts] == [
        "seconds: tau_m is 0.02 ms", "farad: C_m is 2.5e-10 pF", "low: V_th, -80 mV",
        "equations: tau_x is 0.02 ms", "equations: tau is 0.01 ms",
    ]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unlikely(snn.Network(fine).description)
        with expecting_quantities():
            # A value with its unit is meant.
            warn_of_unlikely(net.description)


@pytest.mark.parametrize(
    ("on_pre", "threads", "said"),
    [
        (
            "x_pre += 1",
            2,
            "two, one: on one rank as a whole, since synapses sets variables of its sources "
            "(x_pre). They are divided if statements set variables of synapses and targets.",
        ),
        ("x_pre += 1", 1, ""),
        ("x_post += 1", 2, ""),
    ],
)
def test_groups_that_are_not_divided_are_named(
    on_pre: str, threads: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = snn.NeuronGroup(3, "x : 1", threshold="x > 1", name="one")
    two = snn.NeuronGroup(3, "x : 1", threshold="x > 1", name="two")
    synapses = snn.Synapses(two, one, on_pre=on_pre, name="synapses")
    synapses.connect()
    with caplog.at_level(logging.WARNING, "distsnn"):
        snn.Network(two, one, synapses, threads=threads).run(0.2)
    assert caplog.text.count("as a whole") == bool(said)
    assert said in caplog.text
