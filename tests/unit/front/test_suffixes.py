"""Names that end like variables of neurons, but come from outside."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms


def test_constants_may_end_in_pre_and_post() -> None:
    tau_pre = tau_post = 20 * ms
    group = snn.NeuronGroup(2, "v : 1", threshold="t > (1 + i)*10*ms", refractory=100 * ms)
    synapses = snn.Synapses(
        group,
        group,
        """w : 1
           dapre/dt = -apre/tau_pre : 1 (event-driven)
           dapost/dt = -apost/tau_post : 1 (event-driven)""",
        on_pre="apre += 0.01; w = w + apost",
        on_post="apost -= 0.01; w = w + apre",
        namespace={"tau_pre": tau_pre, "tau_post": tau_post},
    )
    synapses.connect(i=0, j=1)
    spikes = snn.SpikeMonitor(group)
    snn.Network(group, synapses, spikes).run(30 * ms)
    interval = float(np.diff(spikes.t)[0])
    assert synapses.w[0] == pytest.approx(0.01 * np.exp(-interval / tau_pre), rel=1e-12)
