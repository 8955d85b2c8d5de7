"""Receptors of neurons: how events act on variables, and these on the membrane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.given import checked_value
from distsnn.errors import ParameterError, nearest_first


@known_names
@dataclass(frozen=True)
class CUBA:
    """Current-based output: the receptor's variable is a current ``I_syn`` in pA."""

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        return ("CUBA",)


@known_names
@dataclass(frozen=True)
class COBA:
    """Conductance-based output: current ``g*(E - V_m)``.

    Parameters
    ----------
    E : float, mV
        Reversal potential.
    """

    E: float

    def __post_init__(self) -> None:
        if not isinstance(checked_value("COBA", "E", self.E, "mV"), float):
            raise ParameterError(
                "COBA",
                "E is not a number",
                "E is one number in mV",
                "use one receptor for each reversal potential",
            )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        return ("COBA", float(self.E))


@known_names
@dataclass(frozen=True)
class MgBlock:
    r"""Conductance-based output with the magnesium block of NMDA receptors.

    .. math:: I = g (E - V_m) / (1 + [Mg]/\beta \; e^{-\alpha V_m})

    Within a time step the block keeps the value it has in the middle of the step.

    Parameters
    ----------
    E : float, mV
        Reversal potential.
    alpha : float, 1/mV
        Steepness of the block.
    beta : float, mM
        Concentration at which half of the channels are blocked at 0 mV.
    cc_Mg : float, mM
        Concentration of magnesium.

    Raises
    ------
    ParameterError
        If a value is not a number, `beta` not positive or `cc_Mg` negative.

    Notes
    -----
    Jahr & Stevens 1990, J. Neurosci. 10:3178-3182.
    """

    E: float = 0.0
    alpha: float = 0.062
    beta: float = 3.57
    cc_Mg: float = 1.2

    def __post_init__(self) -> None:
        for name, unit in (("E", "mV"), ("alpha", "1/mV"), ("beta", "mM"), ("cc_Mg", "mM")):
            value = checked_value("MgBlock", name, getattr(self, name), unit)
            if not isinstance(value, float):
                raise ParameterError(
                    "MgBlock",
                    f"{name} is not a number",
                    f"{name} is one number in {unit}",
                    "use one receptor for each value",
                )
            if (name == "beta" and value <= 0) or (name == "cc_Mg" and value < 0):
                least = "> 0" if name == "beta" else ">= 0"
                raise ParameterError("MgBlock", f"{name}={value} mM", f"{name} must be {least} mM")
            object.__setattr__(self, name, value)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        return ("MgBlock", self.E, self.alpha, self.beta, self.cc_Mg)


Output = CUBA | COBA | MgBlock


# How far methods of integration follow the series of exp(-dt/tau); None: to its end.
DECAY_ORDERS: Mapping[str, int | None] = {
    **dict.fromkeys(("exact", "exponential_euler", "exp_euler", "exp_auto")),
    "euler": 1,
    **dict.fromkeys(("rk2", "midpoint", "heun2"), 2),
    "rk3": 3,
    "rk4": 4,
}


@known_names
@dataclass(frozen=True, eq=False)
class Exponential:
    r"""A receptor of the target with an exponentially decaying response.

    .. math:: dg/dt = -g/\tau + \sum_k w_k \delta(t - t_k)

    All synapses and inputs that name the same object share one variable of each target neuron:
    ``I_syn`` (pA) with `CUBA`, ``g`` (nS) with `COBA` and `MgBlock`; with a name,
    ``I_syn_<name>`` or ``g_<name>``. Its equation is integrated exactly, unless `method` says
    otherwise.

    Parameters
    ----------
    tau : float, ms
        Time constant.
    output : CUBA, COBA or MgBlock
        How the variable acts on the membrane.
    name : str, optional
        Name of the receptor within its target.
    method : str
        By what the variable is multiplied in each step of h = dt/tau: ``"exact"`` exp(-h), also
        called ``"exponential_euler"``, ``"exp_euler"`` and ``"exp_auto"`` (the default of BrainPy);
        ``"euler"`` 1 - h; ``"rk2"`` 1 - h + h^2/2 (also ``"midpoint"`` and ``"heun2"``); ``"rk3"``
        and ``"rk4"`` the series up to h^3/6 and h^4/24. The membrane is integrated as it always
        is, under the mean of a conductance that decays exponentially.

    Raises
    ------
    ParameterError
        If ``tau`` is not a positive number or `method` is not known.
    """

    tau: float
    output: Output = CUBA()
    name: str | None = None
    method: str = "exact"

    def __post_init__(self) -> None:
        _check_kinetics("Exponential", self.tau, self.output)
        if not isinstance(self.method, str) or self.method not in DECAY_ORDERS:
            names = nearest_first(str(self.method), DECAY_ORDERS)
            raise ParameterError(
                "Exponential",
                f"method={self.method!r}",
                "methods are " + ", ".join(names),
                f"Did you mean {names[0]!r}?",
                method=self.method,
            )
        _check_receptor_name("Exponential", self.name)

    @property
    def weight_unit(self) -> str:
        """Unit of the weights of synapses onto this receptor."""
        return "pA" if isinstance(self.output, CUBA) else "nS"

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        order = DECAY_ORDERS[self.method]
        return (
            "Exponential",
            float(self.tau),
            self.output.content(),
            self.name,
            *(() if order is None else (order,)),
        )


@known_names
@dataclass(frozen=True, eq=False)
class Delta:
    """A receptor whose events add their weight (mV) to ``V_m`` of the target at once.

    As in NEST's ``iaf_psc_delta`` the events of a step act between its update and its threshold,
    so that a neuron spikes in the step in which what it needs arrives. Events on a refractory
    neuron are lost, also those of the last step in which it is, and so is what was too much for
    the threshold. With a delay of 0, which NEST does not have, an event acts at the end of the
    step of its spike, after the threshold.

    Parameters
    ----------
    name : str, optional
        Name of the receptor within its target.
    """

    name: str | None = None

    def __post_init__(self) -> None:
        _check_receptor_name("Delta", self.name)

    @property
    def weight_unit(self) -> str:
        """Unit of the weights of synapses onto this receptor."""
        return "mV"

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Delta", self.name)


@known_names
@dataclass(frozen=True, eq=False)
class Alpha:
    r"""A receptor of the target whose response rises and falls: an alpha function.

    .. math:: g(t) = \sum_k w_k \frac{t - t_k}{\tau} e^{1 - (t - t_k)/\tau}

    The response to an event has its peak, the weight, after `tau`. All synapses and inputs that
    name the same object share its variables: ``I_syn`` (pA) with `CUBA`, ``g`` (nS) with `COBA` and
    `MgBlock`, and ``I_syn_rise`` or ``g_rise``, which events add to; with a name ``I_syn_<name>``
    and so on. They are integrated exactly, and so is `LIF` with current-based receptors, also where
    `tau` is the membrane's.

    Parameters
    ----------
    tau : float, ms
        Time to the peak.
    output : CUBA, COBA or MgBlock
        How the variable acts on the membrane.
    name : str, optional
        Name of the receptor within its target.

    Raises
    ------
    ParameterError
        If ``tau`` is not a positive number.

    Notes
    -----
    NEST's ``iaf_psc_alpha`` and ``iaf_cond_alpha`` have two such receptors each. Rotter & Diesmann
    1999, Biol. Cybern. 81:381-402.
    """

    tau: float
    output: Output = CUBA()
    name: str | None = None

    def __post_init__(self) -> None:
        _check_kinetics("Alpha", self.tau, self.output)
        object.__setattr__(self, "tau", float(self.tau))
        _check_receptor_name("Alpha", self.name)

    @property
    def weight_unit(self) -> str:
        """Unit of the weights of synapses onto this receptor."""
        return "pA" if isinstance(self.output, CUBA) else "nS"

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Alpha", self.tau, self.output.content(), self.name)


# What the events of a step have added up to before the update takes it in: 0 between steps.
ARRIVING = "_arriving"


@known_names
@dataclass(frozen=True)
class Increment:
    """A receptor whose events add their weight to a variable of a model given as a string.

    Events on a refractory neuron are lost if the variable is ``(unless refractory)``.

    Parameters
    ----------
    variable : str
        Name of the variable.
    weight_unit : str
        Its unit, for messages.
    """

    variable: str
    weight_unit: str = "the unit of the variable"

    def __post_init__(self) -> None:
        for name in ("variable", "weight_unit"):
            if not isinstance(getattr(self, name), str):
                raise ParameterError(
                    "Increment",
                    f"{name}={getattr(self, name)!r}",
                    f"{name} is a string",
                    f"correct {name}",
                )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Increment", self.variable)


Receptor = Exponential | Alpha | Delta | Increment


def receptor_states(receptors: tuple[Receptor, ...]) -> tuple[tuple[str, ...], ...]:
    """Names of the variables of each receptor of one group; events add to the last of them."""
    found: list[tuple[str, ...]] = []
    names: set[str] = set()
    for receptor in receptors:
        if isinstance(receptor, Delta):
            found.append((ARRIVING,))
            continue
        if isinstance(receptor, Increment):
            found.append((receptor.variable,))
            continue
        stem = "I_syn" if isinstance(receptor.output, CUBA) else "g"
        name = f"{stem}_{receptor.name}" if receptor.name else stem
        number = 1
        while name in names:
            name = f"{stem}_{receptor.name or number}"
            if receptor.name and name in names:
                raise ParameterError(
                    type(receptor).__name__,
                    f"two receptors are named {receptor.name!r}",
                    "the receptors of one group have different names",
                    "rename one of them",
                )
            number += 1
        names.add(name)
        found.append((name, f"{name}_rise") if isinstance(receptor, Alpha) else (name,))
    return tuple(found)


def receptor_variables(receptors: tuple[Receptor, ...]) -> tuple[str, ...]:
    """Name of the variable that the events of each receptor of one group add to."""
    return tuple(states[-1] for states in receptor_states(receptors))


def receptor_units(receptors: tuple[Receptor, ...]) -> dict[str, str]:
    """Names of the variables that receptors bring to a built-in model, and their units."""
    return {
        name: receptor.weight_unit
        for states, receptor in zip(receptor_states(receptors), receptors, strict=True)
        if isinstance(receptor, Exponential | Alpha)
        for name in states
    }


def _check_kinetics(where: str, tau: object, output: object) -> None:
    checked = checked_value(where, "tau", tau, "ms")
    if not isinstance(checked, float) or not checked > 0:
        raise ParameterError(where, f"tau={tau!r} ms", "tau is one number > 0 ms", "correct tau")
    if not isinstance(output, Output):
        raise ParameterError(
            where,
            f"output={output!r}",
            "output is CUBA(), COBA(E=...) or MgBlock(E=...)",
            "give one of these",
        )


def _check_receptor_name(where: str, name: str | None) -> None:
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ParameterError(
            where,
            f"name={name!r} is not an identifier",
            "a name has letters, digits and underscores",
            "rename it",
        )
