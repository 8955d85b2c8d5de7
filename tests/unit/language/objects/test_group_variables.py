"""Variables of groups that synapses see."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn

DT = 0.1


def potentials(model: snn.LIF | snn.AdEx, with_statements: bool) -> np.ndarray:
    """Potentials of three neurons that receive spikes, by ready synapses or by statements."""
    source = snn.SpikeGeneratorGroup(2, [0, 1, 0, 1, 0], [1.0, 1.0, 2.5, 7.0, 7.1])
    target = snn.NeuronGroup(3, model, name="target")
    jump = snn.Delta()
    target.attach(jump)
    if with_statements:
        made = snn.Synapses(source, target, model="size : volt", on_pre="_arriving_post += size")
        made.connect(i=[0, 0, 1, 1], j=[0, 1, 1, 2])
        made.size = "(4 + 3*i + j)*mV"
        made.pre.when = "before_groups"
        made.delay = 1.5 - DT
    else:
        weight = np.array([4.0, 5.0, 8.0, 9.0])
        made = snn.Synapses(source, target, jump, weight=weight, delay=1.5)
        made.connect(i=[0, 0, 1, 1], j=[0, 1, 1, 2])
    record = snn.StateMonitor(target, "V_m", record=True)
    snn.Network(source, target, made, record, dt=DT).run(12.0)
    return np.array(record.V_m)


@pytest.mark.parametrize("model", [snn.LIF, snn.AdEx])
def test_statements_before_the_groups_add_what_delta_does(model: type) -> None:
    found, expected = (potentials(model(), x) for x in (True, False))
    assert len(np.unique(expected)) > 100
    np.testing.assert_array_equal(found, expected)
