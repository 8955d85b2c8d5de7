"""A cell type of PyNN written outside of the package, all in this file."""

from __future__ import annotations

from pyNN.standardmodels import StandardCellType, build_translations

import distsnn as snn
from distsnn.pynn.cell_models import CellModel, delta
from distsnn.pynn.standard_cells import CURRENT_UNIT, Cell


class Quadratic(snn.NeuronModel):
    """A quadratic integrate-and-fire neuron."""

    tau_m = snn.Parameter(10.0, "ms", "> 0")
    I_e = snn.Parameter(0.0, "pA")
    equations = "dV_m/dt = (V_m**2/(10*mV) + 0.1*mV/pA*(I_e + I_receptors))/tau_m : volt"
    threshold, reset, method = "V_m > 20*mV", "V_m = -10*mV", "rk4"


class QIF(Cell, StandardCellType):
    """Its parameters have PyNN's names and units."""

    default_parameters = {"tau_m": 10.0, "i_offset": 0.3}
    default_initial_values = {"v": -10.0}
    recordable = ["spikes", "v"]
    injectable = True
    units = {"v": "mV", "tau_m": "ms", "i_offset": "nA"}
    translations = build_translations(("tau_m", "tau_m"), ("i_offset", "I_e", CURRENT_UNIT))
    model = CellModel(Quadratic, delta())
