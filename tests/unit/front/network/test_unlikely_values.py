"""Numbers that are most likely in another unit get a warning, others none."""

from __future__ import annotations

import warnings

import pytest

import distsnn as snn
from distsnn import ms, pF
from distsnn.errors import UnlikelyValueWarning
from distsnn.front.network.unlikely_values import warn_of_unlikely


def test_each_gets_one_warning() -> None:
    seconds = snn.NeuronGroup(2, snn.LIF(tau_m=0.02), name="seconds")
    farad = snn.NeuronGroup(2, snn.LIF(), name="farad")
    farad.C_m = [250e-12, 250.0]
    low = snn.NeuronGroup(2, snn.LIF(V_th=-80.0), name="low")
    fine = snn.NeuronGroup(2, snn.LIF(tau_m=20 * ms, C_m=snn.Uniform(200, 300)), name="fine")
    fine.C_m, fine.V_th = 200 * pF, "-50*mV + i*mV"
    equations = snn.NeuronGroup(2, "dv/dt = -v/tau : 1\ntau : second", name="equations")
    equations.tau = 0.02
    net = snn.Network(seconds, farad, low, fine, equations)
    with pytest.warns(UnlikelyValueWarning) as found:
        warn_of_unlikely(net.description)
    texts = [str(one.message) for one in found]
    assert [text.split(";")[0].split(", is")[0] for text in texts] == [
        "seconds: tau_m is 0.02 ms", "farad: C_m is 2.5e-10 pF", "low: V_th, -80 mV",
    ]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unlikely(snn.Network(fine, equations).description)
