"""Writing what is held: it has no effect where the neuron written is refractory, and only there.

In `MODEL` neuron 0 spikes in the first step and is refractory from then on, neuron 1 never is.
So an event from 0 to 1 acts whatever its statements read, and one from 0 to itself does not: exact.

Brian 2.9 says the same, but where a statement writes an (unless refractory) variable and reads one
of the other end, it looks at the refractoriness of either end. The page for those who come from
Brian says so; the last test shows when that is no longer true.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn

MODEL = """dv/dt = 0/second : 1 (unless refractory)
           dg/dt = 0/second : 1 (unless refractory)"""


def values(module: Any, statement: str) -> np.ndarray:
    module.start_scope()
    group = module.NeuronGroup(
        2, MODEL, threshold="v > 1", reset="", refractory="v > 1", method="euler", name="G"
    )
    group.v = [2, 0.5]
    synapses = module.Synapses(group, group, on_pre=statement, name="S")
    synapses.connect(i=0, j=[0, 1])
    module.Network(group, synapses).run(0.1 * module.ms)
    return np.asarray(group.g)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [("g_post += 1", 1.0), ("g_post += v_pre - v_post", 1.5)],
)
def test_the_neuron_that_is_written_decides(statement: str, expected: float) -> None:
    assert values(snn, statement).tolist() == [0.0, expected]


def test_brian_confuses_the_ends() -> None:
    brian2 = pytest.importorskip("brian2")
    brian2.prefs.codegen.target = "numpy"
    assert values(brian2, "g_post += 1").tolist() == [0.0, 1.0]
    assert values(brian2, "g_post += v_pre").tolist() == [0.0, 0.0]
