"""Groups of neurons as cells that SONATA can name: NEST's models with their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta, Increment
from distsnn.describe.models.receptors.outputs import COBA, CUBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.errors import ParameterError
from distsnn.front.neurons.given_model import ParameterizedModel
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest_models import glif
from distsnn.nest_models.leaky.leaky_neurons import TWO_RECEPTORS
from distsnn.nest_models.neuron_table import CIRCUIT_NEURONS

WHERE = "Network.write_sonata"
_NAMES: dict[tuple[type, type], str] = {receptor: name for name, receptor in TWO_RECEPTORS.items()}


@dataclass(frozen=True, eq=False)
class WrittenCell:
    """A group as a model of NEST.

    Attributes
    ----------
    template : str
        Name of the model.
    parameters : dict of str to float64 array (N,)
    negative : tuple of Receptor
        The receptors whose weights are written with the other sign.
    ports : tuple of Receptor
        The receptors that edges name by number, from 1 on; none where signs say it.
    """

    template: str
    parameters: dict[str, np.ndarray]
    negative: tuple[Receptor, ...] = ()
    ports: tuple[Receptor, ...] = ()


def written_cell(group: NeuronGroup, onto: Sequence[ReadySynapses]) -> WrittenCell:
    """A group as a model of NEST.

    Parameters
    ----------
    group : NeuronGroup
    onto : sequence of ReadySynapses
        All synapses onto it.

    Raises
    ------
    ParameterError
        If NEST has no such model.
    """
    receptors = [r for r in group.receptors if any(s.receptor is r for s in onto)]
    minus = _tau_minus(group, onto)
    if isinstance(group._model, ParameterizedModel):
        kind = type(group._model.kind)
        if kind.__module__ == glif.__name__:
            return _glif(group, minus)
        return _of_table(group, kind, (receptors, onto), minus)
    if not isinstance(group.model, LIF):
        raise refused(f"{group.name} has equations", "groups are of models that NEST has")
    parameters = {n: _values(group, n) for n in ("C_m", "E_L", "V_th", "V_reset", "t_ref", "I_e")}
    parameters |= {"V_m": _values(group, "V_m"), "tau_m": _values(group, "tau_m"), **minus}
    if not receptors or all(isinstance(r, Delta) for r in receptors):
        return WrittenCell("iaf_psc_delta", parameters)
    kinds = _kinds(receptors)
    if len(kinds) > 1 or not kinds <= _NAMES.keys() or len(receptors) > 2:
        raise _no_such(group, receptors)
    template = _NAMES[kinds.pop()]
    negative = _put_receptors(group, receptors, onto, parameters)
    if template.startswith("iaf_cond"):
        parameters["g_L"] = parameters["C_m"] / parameters.pop("tau_m")
    return WrittenCell(template, parameters, negative)


def _tau_minus(group: NeuronGroup, onto: Sequence[ReadySynapses]) -> dict[str, np.ndarray]:
    """The time constant of the trace of spikes, if synapses have one."""
    rules = [s.stdp for s in onto if isinstance(s.stdp, SpikeTiming)]
    times = {rule.tau_minus for rule in rules if isinstance(rule.tau_minus, float)}
    if len(times) > 1:
        raise refused(
            f"rules of synapses onto {group.name} have tau_minus {sorted(times)}",
            "NEST has one for each neuron",
        )
    return {"tau_minus": np.full(group.N, times.pop())} if times else {}


def _kinds(receptors: Sequence[Receptor]) -> set[tuple[type, type]]:
    return {(type(r), type(getattr(r, "output", None))) for r in receptors}


def _no_such(group: NeuronGroup, receptors: Sequence[Receptor]) -> ParameterError:
    return refused(
        f"{group.name} has the receptors {', '.join(map(repr, receptors))}",
        "models of NEST have two of one kind, Exponential or Alpha, currents or conductances, "
        "or Delta",
    )


def _of_table(
    group: NeuronGroup,
    model: type[NeuronModel],
    ends: tuple[Sequence[Receptor], Sequence[ReadySynapses]],
    minus: dict[str, np.ndarray],
) -> WrittenCell:
    """A group of another model of NEST, with one receptor for weights of each sign."""
    made = {name: kind.make(kind.defaults) for name, kind in CIRCUIT_NEURONS.items()}
    names = [n for n, cell in made.items() if type(cell.model) is model and not cell.by_port]
    if not names:
        raise refused(f"{group.name} is a {model.__name__}", "groups are of models that NEST has")
    receptors, onto = ends
    for name in names:
        known = CIRCUIT_NEURONS[name].parameters
        fits = _kinds(receptors) <= _kinds(made[name].receptors) and len(receptors) <= 2
        if not fits or not known.keys() >= model.parameters.keys():
            continue
        parameters = {n: _values(group, n) for n in known if n in group.variables()} | minus
        if all(isinstance(r, Delta) for r in receptors):
            return WrittenCell(name, parameters)
        return WrittenCell(name, parameters, _put_receptors(group, receptors, onto, parameters))
    raise _no_such(group, receptors)


def _glif(group: NeuronGroup, minus: dict[str, np.ndarray]) -> WrittenCell:
    """A group of one of the five GLIF models, whose receptors are ports."""
    known, variables = CIRCUIT_NEURONS["glif_psc"].parameters, group.variables()
    parameters = {n: _values(group, n) for n in known if n in variables} | minus
    n_currents = sum(n.startswith("asc_decay_") for n in variables)
    lists = {"asc_decay": "asc_decay", "asc_amps": "asc_amps", "asc_r": "asc_r", "asc_init": "ASC"}
    for name, stem in lists.items() if n_currents else ():
        columns = [_values(group, f"{stem}_{k}") for k in range(1, n_currents + 1)]
        parameters[name] = np.stack(columns, axis=1)
    told_by = ("th_spike_add", "asc_decay_1", "th_voltage_index")
    for flag, parameter in zip(glif.MECHANISMS, told_by, strict=True):
        parameters[flag] = np.full(group.N, parameter in variables)
    ports = tuple(r for r in group.receptors if not isinstance(r, Increment))
    if not _kinds(ports) <= {(Alpha, CUBA)}:
        raise refused(f"{group.name} has other receptors than Alpha", "ports of glif_psc are Alpha")
    if ports:
        taus = [np.broadcast_to(np.asarray(_number(r), np.float64), (group.N,)) for r in ports]
        parameters["tau_syn"] = np.stack(taus, axis=1)
    return WrittenCell("glif_psc", parameters, (), ports)


def _put_receptors(
    group: NeuronGroup,
    receptors: Sequence[Receptor],
    onto: Sequence[ReadySynapses],
    parameters: dict[str, np.ndarray],
) -> tuple[Receptor, ...]:
    """Add the parameters of receptors; those whose weights get the other sign."""
    excitatory, inhibitory = _signs(group, receptors, onto)
    for name, receptor in (("ex", excitatory), ("in", inhibitory)):
        if receptor is None:
            continue
        tau = np.broadcast_to(np.asarray(_number(receptor), dtype=np.float64), (group.N,))
        parameters[f"tau_syn_{name}"] = tau
        if isinstance(receptor.output, COBA):
            parameters[f"E_{name}"] = np.full(group.N, float(receptor.output.E))
    by_conductance = inhibitory is not None and isinstance(inhibitory.output, COBA)
    return (inhibitory,) if by_conductance and inhibitory is not None else ()


def _values(group: NeuronGroup, name: str) -> np.ndarray:
    return np.asarray(group.read(name), dtype=np.float64)


def _number(receptor: Any) -> Any:
    if isinstance(receptor.tau, float | np.ndarray):
        return receptor.tau
    raise refused(f"tau={receptor.tau!r} of a receptor", "tau is a number or an array")


def _signs(
    group: NeuronGroup, receptors: Sequence[Receptor], onto: Sequence[ReadySynapses]
) -> tuple[Receptor | None, Receptor | None]:
    """The receptor on which weights of each sign act, above and below zero."""
    if isinstance(receptors[0].output, COBA):
        by_potential = sorted(receptors, key=lambda r: -float(getattr(r.output, "E", 0.0)))
        return by_potential[0], by_potential[1] if len(by_potential) > 1 else None
    found: dict[bool, Receptor] = {}
    for receptor in receptors:
        for synapses in onto:
            if synapses.receptor is receptor:
                for negative in synapses.weight_signs():
                    if found.setdefault(negative, receptor) is not receptor:
                        raise refused(
                            f"{group.name} has two receptors for weights "
                            f"{'below' if negative else 'above'} zero",
                            "in NEST the sign of a weight says on which receptor it acts",
                        )
    return found.get(False), found.get(True)


def refused(what: str, allowed: str) -> ParameterError:
    """The error for something that a circuit cannot say."""
    return ParameterError(WHERE, what, allowed, "leave it out, or write another network")
