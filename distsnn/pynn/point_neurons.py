"""PyNN's neurons that are put together of a membrane and receptors."""

from __future__ import annotations

from typing import Any, ClassVar

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import build_translations, cells, receptors

import distsnn as snn
from distsnn.pynn.cell_models import Beta, CellModel, EventEffect
from distsnn.pynn.standard_cells import ADEX, CURRENT_UNIT, IF_CELL, Cell, Recorded, Upswing


class LIF(Cell, cells.LIF):
    __doc__ = cells.LIF.__doc__
    translations = build_translations(*IF_CELL)
    model = CellModel(snn.LIF, {})


class AdExp(Upswing, cells.AdExp):
    __doc__ = cells.AdExp.__doc__
    translations = build_translations(*ADEX)
    model = CellModel(snn.AdEx, {})
    recorded = {**Cell.recorded, "w": ("w", CURRENT_UNIT)}


class _Receptor:
    """The base of receptors, with what PyNN does not say.

    Attributes
    ----------
    kind : class
    taus : mapping of str to str
        The parameter of the receptor for each time constant of PyNN.
    """

    conductance_based: bool
    kind: ClassVar[type[snn.Receptor]]
    taus: ClassVar[dict[str, str]] = {"tau_syn": "tau"}
    translations: ClassVar[dict[str, Any]] = {}

    def native_name(self, label: str, parameter: str) -> str:
        """Name of a parameter in the group."""
        response = self.response(label)
        if parameter == "e_syn":
            return response.reversal
        return f"{self.taus[parameter]}_{response.variable}"

    def response(self, label: str) -> EventEffect:
        """The effect of events."""
        return EventEffect(label, self.kind, self.conductance_based)


class CurrExpPostSynapticResponse(_Receptor, receptors.CurrExpPostSynapticResponse):
    __doc__ = receptors.CurrExpPostSynapticResponse.__doc__
    kind = snn.Exponential
    recordable = ["isyn"]


class CondExpPostSynapticResponse(_Receptor, receptors.CondExpPostSynapticResponse):
    __doc__ = receptors.CondExpPostSynapticResponse.__doc__
    kind = snn.Exponential
    recordable = ["gsyn"]


class CondAlphaPostSynapticResponse(_Receptor, receptors.CondAlphaPostSynapticResponse):
    __doc__ = receptors.CondAlphaPostSynapticResponse.__doc__
    kind = snn.Alpha
    recordable = ["gsyn"]


class CondBetaPostSynapticResponse(_Receptor, receptors.CondBetaPostSynapticResponse):
    __doc__ = receptors.CondBetaPostSynapticResponse.__doc__
    kind = Beta
    taus = {"tau_rise": "tau_rise", "tau_decay": "tau_decay"}
    recordable = ["gsyn"]


ExpPSR = CondExpPostSynapticResponse
AlphaPSR = CondAlphaPostSynapticResponse
BetaPSR = CondBetaPostSynapticResponse


class PointNeuron(Cell, cells.PointNeuron):
    """A neuron of a membrane and receptors; see PyNN.

    Its parameters are those of the membrane, and ``<receptor>.<name>`` of each receptor.
    """

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        super().__init__(neuron, **post_synaptic_receptors)
        self.translations = dict(neuron.translations)
        variables: dict[str, tuple[str, float]] = dict(neuron.recorded)
        responses = {}
        for label in self.receptor_types:
            receptor = post_synaptic_receptors[label]
            responses[label] = receptor.response(label)
            for variable in receptor.recordable:
                variables[f"{label}.{variable}"] = responses[label].variable, CURRENT_UNIT
            for parameter in receptor.get_parameter_names():
                if parameter == "locations":
                    continue
                name = f"{label}.{parameter}"
                self.translations[name] = _renamed(name, receptor.native_name(label, parameter))
        self.recorded: Recorded = variables  # type: ignore[misc]  # those of this object
        self.model = CellModel(neuron.model.neuron, responses)  # type: ignore[misc]  # as well

    def get_schema(self) -> dict[str, type]:
        """Types of all parameters."""
        return {**self.neuron.get_schema(), **dict.fromkeys(self._of_receptors, float)}

    @property
    def _of_receptors(self) -> list[str]:
        return [name for name in self.translations if "." in name]

    @property
    def native_parameters(self) -> ParameterSpace:
        """All parameters by the names of the group."""
        values = dict(self.neuron.parameter_space.items())
        for name in self._of_receptors:
            label, parameter = name.split(".")
            values[name] = self.post_synaptic_receptors[label].parameter_space[parameter]
        return self.translate(ParameterSpace(values, self.get_schema()))

    def has_parameter(self, name: str) -> bool:
        """Whether there is such a parameter."""
        return name in self.translations

    def get_parameter_names(self) -> list[str]:
        """Names of all parameters."""
        return list(self.translations)

    def running(self, native: Any) -> CellModel:
        """See `Cell`; the membrane says it."""
        chosen = self.neuron.running(native)
        return CellModel(chosen.neuron, self.model.responses, unused=chosen.unused)


def _renamed(name: str, native: str) -> dict[str, Any]:
    """A translation that changes the name alone."""
    return {
        "translated_name": native,
        "forward_transform": lambda **values: values[name],
        "reverse_transform": lambda **values: values[native],
        "type": "simple",
    }
