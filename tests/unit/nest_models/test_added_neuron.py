"""A neuron is one file and one line of a table: for scripts of PyNEST, and for circuits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import distsnn as snn
from distsnn import nest
from distsnn.nest_models.neuron_table import CIRCUIT_NEURONS, NEURONS
from tests.circuits import SmallCircuit
from tests.user_nest_neuron import QUADRATIC


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        # The second is made of the first when it is imported.
        for table in (NEURONS, CIRCUIT_NEURONS):
            patch.setitem(table, "quadratic", QUADRATIC)  # type: ignore[arg-type]  # it is a dict
        nest.ResetKernel()
        yield
    nest.ResetKernel()


def test_scripts_of_pynest_have_it(added: None) -> None:
    cells = nest.Create("quadratic", 3, {"I_e": [300.0, 380.0, 0.0], "V_m": -10.0})
    recorder, meter = nest.Create("spike_recorder"), nest.Create("multimeter")
    meter.record_from = ["V_m"]
    nest.Connect(cells, recorder)
    nest.Connect(meter, cells)
    nest.Simulate(100.0)
    senders = recorder.events["senders"].tolist()
    # It goes from -10 to 20 mV in tau_m/sqrt(a*R*I)*(atan(20/v) + atan(10/v)), v = sqrt(R*I/a).
    assert [senders.count(1), senders.count(2), senders.count(3)] == [12, 15, 0]
    assert meter.events["V_m"].size == 3 * 99
    assert "quadratic" in nest.node_models


def test_circuits_have_it(added: None, tmp_path: Path) -> None:
    circuit = SmallCircuit(models={"exc.json": {"a": 0.2}, "inh.json": {"a": 0.2}})
    circuit.node_types = re.sub("iaf_psc_(exp|alpha)", "quadratic", circuit.node_types)
    del circuit.nodes["nodes/cells/1/dynamics_params/t_ref"]
    assert set(snn.Network.from_sonata(circuit.write(tmp_path))["cells"].a) == {0.2}
