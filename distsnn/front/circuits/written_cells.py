"""Groups of neurons as cells that SONATA can name: NEST's models with their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.errors import ParameterError
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest_models.leaky_neurons import TWO_RECEPTORS

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
    """

    template: str
    parameters: dict[str, np.ndarray]
    negative: tuple[Receptor, ...] = ()


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
    if not isinstance(group.model, LIF):
        raise refused(f"{group.name} is no LIF", "groups are LIF with receptors that NEST has")
    parameters = {n: _values(group, n) for n in ("C_m", "E_L", "V_th", "V_reset", "t_ref", "I_e")}
    parameters |= {"V_m": _values(group, "V_m"), "tau_m": _values(group, "tau_m")}
    rules = [s.stdp for s in onto if isinstance(s.stdp, SpikeTiming)]
    times = {rule.tau_minus for rule in rules}
    if len(times) > 1:
        raise refused(
            f"rules of synapses onto {group.name} have tau_minus {sorted(times)}",
            "NEST has one for each neuron",
        )
    for time in times:
        parameters["tau_minus"] = np.full(group.N, time)
    receptors = [r for r in group.receptors if any(s.receptor is r for s in onto)]
    if not receptors or all(isinstance(r, Delta) for r in receptors):
        return WrittenCell("iaf_psc_delta", parameters)
    kinds = {(type(r), type(getattr(r, "output", None))) for r in receptors}
    if len(kinds) > 1 or not kinds <= _NAMES.keys() or len(receptors) > 2:
        raise refused(
            f"{group.name} has the receptors {', '.join(map(repr, receptors))}",
            "models of NEST have two of one kind, Exponential or Alpha, currents or conductances, "
            "or Delta",
        )
    template = _NAMES[kinds.pop()]
    excitatory, inhibitory = _signs(group, receptors, onto)
    for name, receptor in (("ex", excitatory), ("in", inhibitory)):
        if receptor is None:
            continue
        tau = np.broadcast_to(np.asarray(_number(receptor), dtype=np.float64), (group.N,))
        parameters[f"tau_syn_{name}"] = tau
        if isinstance(receptor.output, COBA):
            parameters[f"E_{name}"] = np.full(group.N, float(receptor.output.E))
    if not template.startswith("iaf_cond"):
        return WrittenCell(template, parameters)
    parameters["g_L"] = parameters["C_m"] / parameters.pop("tau_m")
    return WrittenCell(template, parameters, () if inhibitory is None else (inhibitory,))


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
                weights = synapses.w[:]
                signs = {bool(x) for x in np.unique(weights < 0).tolist()}
                for negative in signs:
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
