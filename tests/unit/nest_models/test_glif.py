"""GLIF models: which there are, and parameters of files of the Cell Types database."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import distsnn as snn
from distsnn.nest_models.glif import MECHANISMS, glif_class, of_cell_types
from distsnn.nest_models.neuron_table import NEURONS

FILE = {
    "type": "GLIF", "El": 0.001, "El_reference": -0.0774, "th_inf": 0.0245, "R_input": 2.5e8,
    "C": 6.1e-11, "spike_cut_length": 60, "dt": 5e-5, "init_AScurrents": [0.0, 1e-12],
    "asc_tau_array": [0.3333, 0.01], "asc_amp_array": [-9e-12, -2e-10],
    "coeffs": {"th_inf": 1.1, "G": 1.0, "C": 1.0, "a": 1.0, "b": 2.0, "asc_amp_array": [1.0, 0.5]},
    "threshold_dynamics_method": {
        "params": {"a_spike": 0.004, "b_spike": 40.0, "a_voltage": 5.0, "b_voltage": 20.0}
    },
    "voltage_reset_method": {"params": {"a": 0.3, "b": 0.018}},
}  # fmt: skip


def test_five_of_eight_models_are_legal() -> None:
    found = []
    for flags in itertools.product((False, True), repeat=3):
        try:
            found.append(glif_class(flags, 2).__name__)
        except snn.ParameterError:
            with pytest.raises(snn.ParameterError, match="there are five models"):
                glif_class(flags, 2)
    assert sorted(found) == ["GLIF1", "GLIF2", "GLIF3_2", "GLIF4_2", "GLIF5_2"]


def test_parameters_of_the_cell_types_database() -> None:
    found = of_cell_types("glif_lif_r_asc_a_psc", FILE)
    assert found["E_L"] == pytest.approx(-76.4)
    assert found["V_m"] == found["E_L"]
    assert found["V_th"] == pytest.approx(-77.4 + 26.95)
    assert found["g"] == pytest.approx(4.0)
    assert found["C_m"] == pytest.approx(61.0)
    assert found["t_ref"] == pytest.approx(3.0)
    assert found["asc_decay"] == pytest.approx([0.0030003, 0.1])
    assert found["asc_amps"] == pytest.approx([-9.0, -100.0])
    assert found["th_spike_decay"] == pytest.approx(0.04)
    assert found["th_voltage_decay"] == pytest.approx(0.04)
    assert [found[flag] for flag in MECHANISMS] == [True, True, True]
    kind = NEURONS["glif_psc"]
    cell = kind.make({n: np.asarray(found.get(n, d), float) for n, d in kind.defaults.items()})
    assert type(cell.model).__name__ == "GLIF5_2"
    assert [r.tau for r in cell.receptors] == [5.5, 8.5, 2.8, 5.8]
    assert (cell.receptor(4, False), cell.receptor(0, False), cell.receptor(5, True)) == (
        3, None, None
    )  # fmt: skip
    assert cell.start["ASC_2"] == pytest.approx(1.0)
