"""Generalized leaky integrate-and-fire neurons of the Allen Institute, as NEST's ``glif_psc``.

Teeter et al. 2018, Nat. Commun. 9:709. Five of the models are legal: with reset rules and a
threshold that spikes raise (2, 4, 5), with after-spike currents (3, 4, 5), with a threshold that
follows the potential (5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.errors import ParameterError
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    current_ports,
    given_to,
    lists_of,
    same,
)

Flags = tuple[bool, bool, bool]
# Whether spikes raise the threshold, currents follow spikes, the threshold follows the potential.
_LEGAL: Mapping[Flags, int] = {
    (False, False, False): 1,
    (True, False, False): 2,
    (False, True, False): 3,
    (True, True, False): 4,
    (True, True, True): 5,
}
MECHANISMS = ("spike_dependent_threshold", "after_spike_currents", "adapting_threshold")
_DEFAULTS: Mapping[str, float | tuple[float, ...]] = {
    "V_m": -78.85,
    "g": 9.43,
    "E_L": -78.85,
    "V_th": -51.68,
    "C_m": 58.72,
    "t_ref": 3.75,
    "V_reset": -78.85,
    "th_spike_add": 0.37,
    "th_spike_decay": 0.009,
    "voltage_reset_fraction": 0.2,
    "voltage_reset_add": 18.51,
    "th_voltage_index": 0.005,
    "th_voltage_decay": 0.09,
    "asc_init": (0.0, 0.0),
    "asc_decay": (0.003, 0.1),
    "asc_amps": (-9.18, -198.94),
    "asc_r": (1.0, 1.0),
    "tau_syn": (2.0,),
    "tau_minus": 20.0,
    **dict.fromkeys(MECHANISMS, 0.0),
}
_OF_ALL = {
    "C_m": Parameter(58.72, "pF", POSITIVE),
    "g": Parameter(9.43, "nS", POSITIVE),
    "E_L": Parameter(-78.85, "mV"),
    "V_th": Parameter(-51.68, "mV"),
    "t_ref": Parameter(3.75, "ms", NONNEGATIVE),
}
_OF_SPIKES = {
    "th_spike_add": Parameter(0.37, "mV"),
    "th_spike_decay": Parameter(0.009, "1/ms", POSITIVE),
    "voltage_reset_fraction": Parameter(0.2),
    "voltage_reset_add": Parameter(18.51, "mV"),
}
_OF_POTENTIAL = {
    "th_voltage_index": Parameter(0.005, "1/ms"),
    "th_voltage_decay": Parameter(0.09, "1/ms", POSITIVE),
}


@cache
def glif_class(flags: Flags, n_currents: int) -> type[NeuronModel]:
    """The class of one of the five models.

    Raises ParameterError if there is no such model.

    Parameters
    ----------
    flags : tuple of three bool
        See `MECHANISMS`.
    n_currents : int
        Number of after-spike currents.
    """
    if flags not in _LEGAL:
        said = ", ".join(f"{n}={f}" for n, f in zip(MECHANISMS, flags, strict=True))
        raise ParameterError(
            "glif_psc", said, "there are five models: none of them, the first, the second, the "
            "first two, all three", "correct them",
        )  # fmt: skip
    by_spikes, currents, by_potential = flags
    parameters = dict(_OF_ALL)
    n = n_currents if currents else 0
    clamped = "(unless refractory)"
    names = [f"ASC_{k}" for k in range(1, n + 1)]
    # As there, each current has its mean over a step within the step.
    means = [
        f"{name}*(1 - exp(-asc_decay_{k}*dt))/(asc_decay_{k}*dt)" for k, name in enumerate(names, 1)
    ]
    lines = [
        f"dV_m/dt = (g*(E_L - V_m) + I_receptors + I_stim + I_after)/C_m : volt {clamped}",
        f"I_after = {' + '.join(means) or '0*amp'} : amp (constant over dt)",
        "I_stim : amp",
    ]
    reset, threshold = [], "V_th"
    for k, name in enumerate(names, 1):
        parameters |= {
            f"asc_decay_{k}": Parameter(0.1, "1/ms", POSITIVE),
            f"asc_amps_{k}": Parameter(0.0, "pA"),
            f"asc_r_{k}": Parameter(1.0),
        }
        lines.append(f"d{name}/dt = -asc_decay_{k}*{name} : amp {clamped}")
        reset.append(f"{name} = asc_amps_{k} + {name}*asc_r_{k}*exp(-asc_decay_{k}*t_ref)")
    if by_spikes:
        parameters |= _OF_SPIKES
        lines.append(f"dthreshold_spike/dt = -th_spike_decay*threshold_spike : volt {clamped}")
        lines.append("V_before = V_m : volt (constant over dt)")
        reset.append("threshold_spike = threshold_spike*exp(-th_spike_decay*t_ref) + th_spike_add")
        reset.append("V_m = E_L + voltage_reset_fraction*(V_before - E_L) + voltage_reset_add")
        threshold += " + threshold_spike"
    else:
        parameters["V_reset"] = Parameter(-78.85, "mV")
        reset.append("V_m = V_reset")
    if by_potential:
        parameters |= _OF_POTENTIAL
        lines += _adapting()
        threshold += " + threshold_voltage"
    absent = {"threshold_spike": by_spikes, "threshold_voltage": by_potential}
    lines += [f"{part} = V_th - V_th : volt" for part, there in absent.items() if not there]
    lines += _sums(names, threshold)
    # All of these stand still for ceil(t_ref/dt) updates after that of a spike.
    body: dict[str, Any] = {
        "equations": "\n".join(lines),
        "threshold": f"V_m > {threshold}",
        "reset": "; ".join(reset),
        "refractory": "ceil(t_ref/dt - 1e-9)*dt + dt",
        "method": "exact",
        "start": {"V_m": "E_L"},
        "__doc__": f"Model {_LEGAL[flags]} of the five; variables are those of ``glif_psc``.",
        "__module__": __name__,
    }
    name = f"GLIF{_LEGAL[flags]}" + (f"_{n}" if currents else "")
    return type(name, (NeuronModel,), body | parameters)


_OF_SYNAPSES = "I_syn = I_receptors : amp"


def _sums(currents: list[str], threshold: str) -> list[str]:
    """Equations of sums that can be recorded."""
    return [
        f"ASCurrents_sum = {' + '.join(currents) or 'I_stim - I_stim'} : amp",
        _OF_SYNAPSES,
        f"threshold = {threshold} : volt",
    ]


def _adapting() -> list[str]:
    """Equations of the part of the threshold that follows the potential.

    It is integrated as there: under the potential that the start of a step and constant currents
    give within the step, without those of synapses. The rise that is constant over a step is that
    which has the same effect. That by `I_stim`, which is known at its start, is apart.
    """
    return [
        "dthreshold_voltage/dt = rise + rise_by_current*I_stim/g "
        "- th_voltage_decay*threshold_voltage : volt (unless refractory)",
        "towards = I_after/g : volt",
        "faded = exp(-th_voltage_decay*dt) : 1",
        "share = th_voltage_index/(th_voltage_decay - g/C_m) : 1",
        "rise = th_voltage_decay/(1 - faded)*(share*(V_m - E_L - towards)"
        "*(exp(-g/C_m*dt) - faded) + th_voltage_index/th_voltage_decay*towards*(1 - faded)) "
        ": volt/second (constant over dt)",
        "rise_by_current = th_voltage_index "
        "- th_voltage_decay/(1 - faded)*share*(exp(-g/C_m*dt) - faded) : Hz (constant over dt)",
    ]


@cache
def _as_recorded(kind: type[NeuronModel]) -> type[NeuronModel]:
    """A model whose currents are those of the last step in which it was not refractory, as there.

    After-spike currents are their means over this step, those of synapses are of its start.
    """
    lines = [
        "ASCurrents_sum : amp" if line.startswith("ASCurrents_sum") else line
        for line in kind.equations.splitlines()
        if line != _OF_SYNAPSES
    ]
    lines += ["I_syn : amp", "I_before = I_receptors : amp (constant over dt)"]
    # The step of a spike is one of them, too.
    at_end = [
        "free = clip(int(not_refractory) + int(t - lastspike < 0.5*dt), 0, 1)",
        "I_syn += free*(I_before - I_syn)",
        "ASCurrents_sum += free*(I_after - ASCurrents_sum)",
    ]
    body = {"equations": "\n".join(lines), "at_end": "; ".join(at_end), "__module__": __name__}
    return type(f"{kind.__name__}_recorded", (kind,), body)


def _recorded(p: Parameters) -> CellModel:
    made = _glif(p)
    assert isinstance(made.model, NeuronModel)
    return replace(made, model=_as_recorded(type(made.model))(**made.model.values))


@cache
def _with_two_alphas(kind: type[NeuronModel], n: int) -> type[NeuronModel]:
    """A model whose ports have a fast and a slow alpha function each."""
    receptors = [f"arrived_{k}" for k in range(1, n + 1)]
    currents = " + ".join(f"fast_{k} + slow_{k}" for k in range(1, n + 1))
    lines = [kind.equations.replace("I_receptors", "I_ports"), f"I_ports = {currents} : amp"]
    at_end = [kind.at_end]
    body: dict[str, Any] = {"__module__": __name__}
    for k, arrived in enumerate(receptors, 1):
        lines.append(f"{arrived} : amp")
        for x, height in (("fast", ""), ("slow", f"amp_slow_{k}*")):
            body[f"tau_{x}_{k}"] = Parameter(2.0, "ms", POSITIVE)
            lines.append(f"d{x}_{k}/dt = {x}_rise_{k} - {x}_{k}/tau_{x}_{k} : amp")
            lines.append(f"d{x}_rise_{k}/dt = -{x}_rise_{k}/tau_{x}_{k} : amp/second")
            at_end.append(f"{x}_rise_{k} += {height}exp(1)/tau_{x}_{k}*{arrived}")
        body[f"amp_slow_{k}"] = Parameter(0.3)
        at_end.append(f"{arrived} = 0*pA")
    body |= {"equations": "\n".join(lines), "at_end": "; ".join(at_end)}
    return type(f"{kind.__name__}_{n}_double", (kind,), body)


def _double(p: Parameters) -> CellModel:
    """GLIF whose ports have two alpha functions."""
    names = ("tau_syn_fast", "tau_syn_slow", "amp_slow")
    fast, slow, height = lists_of("glif_psc_double_alpha", p, *names)
    made = _recorded({**p, "tau_syn": p["tau_syn_fast"]})
    assert isinstance(made.model, NeuronModel)
    n = len(fast)
    given = dict(made.model.values)
    for k in range(1, n + 1):
        given |= {f"tau_fast_{k}": fast[k - 1], f"tau_slow_{k}": slow[k - 1]}
        given |= {f"amp_slow_{k}": height[k - 1]}
    ports = tuple(Increment(f"arrived_{k}", "pA") for k in range(1, n + 1))
    model = _with_two_alphas(type(made.model), n)(**given)
    return replace(made, model=model, receptors=ports)


def _glif(p: Parameters) -> CellModel:
    flags = [bool(p[name]) for name in MECHANISMS]
    of_currents = ("asc_init", "asc_decay", "asc_amps", "asc_r")
    lists = dict(zip(of_currents, lists_of("glif_psc", p, *of_currents), strict=True))
    kind = glif_class((flags[0], flags[1], flags[2]), len(lists["asc_init"]))
    given = given_to(kind, p)
    start = {"V_m": p["V_m"]}
    if flags[1]:
        for name in ("asc_decay", "asc_amps", "asc_r"):
            given |= {f"{name}_{k}": value for k, value in enumerate(lists[name], 1)}
        start |= {f"ASC_{k}": value for k, value in enumerate(lists["asc_init"], 1)}
    clamp = Increment("I_stim", "pA")
    return CellModel(
        kind(**given), current_ports(Alpha, p), start, True, False, float(p["tau_minus"]), clamp
    )


_SHARED = (*MECHANISMS, "tau_minus")
_RECORDABLES = {
    "I": "I_stim",
    **same("V_m", "I_syn", "threshold"),
    **same("ASCurrents_sum", "threshold_spike", "threshold_voltage"),
}
_OF_PORTS = {"tau_syn_fast": (2.0,), "tau_syn_slow": (6.0,), "amp_slow": (0.3,)}
GLIF: Mapping[str, NeuronKind] = {
    "glif_psc": NeuronKind(_DEFAULTS, _SHARED, _glif, _RECORDABLES),
    "glif_psc_double_alpha": NeuronKind(
        {**{n: v for n, v in _DEFAULTS.items() if n != "tau_syn"}, **_OF_PORTS},
        _SHARED,
        _double,
        _RECORDABLES,
    ),
}

# In the place of `glif_psc` in scripts of PyNEST, which may record its currents.
RECORDED: Mapping[str, NeuronKind] = {"glif_psc": replace(GLIF["glif_psc"], make=_recorded)}

# Models of files of the Allen Cell Types database, and their flags.
CELL_TYPES: Mapping[str, Flags] = {
    "glif_lif_psc": (False, False, False),
    "glif_lif_r_psc": (True, False, False),
    "glif_lif_asc_psc": (False, True, False),
    "glif_lif_r_asc_psc": (True, True, False),
    "glif_lif_r_asc_a_psc": (True, True, True),
}
_TAU_SYN = [5.5, 8.5, 2.8, 5.8]


def of_cell_types(template: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of ``glif_psc`` from a file of the Allen Cell Types database, in SI units.

    Raises KeyError or TypeError if something is missing or is no number.
    """
    by_spikes, currents, by_potential = CELL_TYPES[template]
    of, zero = given["coeffs"], given["El_reference"] * 1e3
    found: dict[str, Any] = {
        "V_m": given["El"] * 1e3 + zero,
        "E_L": given["El"] * 1e3 + zero,
        "V_th": of["th_inf"] * given["th_inf"] * 1e3 + zero,
        "g": of["G"] / given["R_input"] * 1e9,
        "C_m": of["C"] * given["C"] * 1e12,
        "t_ref": given["spike_cut_length"] * given["dt"] * 1e3,
        "V_reset": zero,
        "tau_syn": _TAU_SYN,
        **dict(zip(MECHANISMS, (by_spikes, currents, by_potential), strict=True)),
    }
    if currents:
        amplitudes = np.multiply(given["asc_amp_array"], of["asc_amp_array"]) * 1e12
        found["asc_init"] = (np.array(given["init_AScurrents"]) * 1e12).tolist()
        found["asc_decay"] = (1e-3 / np.array(given["asc_tau_array"])).tolist()
        found["asc_amps"] = amplitudes.tolist()
        found["asc_r"] = [1.0] * amplitudes.size
    if by_spikes:
        threshold = given["threshold_dynamics_method"]["params"]
        reset = given["voltage_reset_method"]["params"]
        found["th_spike_add"] = threshold["a_spike"] * 1e3
        found["th_spike_decay"] = threshold["b_spike"] * 1e-3
        found["voltage_reset_fraction"] = reset["a"]
        found["voltage_reset_add"] = reset["b"] * 1e3
    if by_potential:
        found["th_voltage_index"] = threshold["a_voltage"] * of["a"] * 1e-3
        found["th_voltage_decay"] = threshold["b_voltage"] * of["b"] * 1e-3
    return found
