"""Effects of the variables of receptors on the membrane: as currents or as conductances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.given import checked_value
from distsnn.errors import ParameterError


class Output:
    """Effect of the variable of a receptor on the membrane.

    Attributes
    ----------
    unit : str
        Unit of the variable, and of weights.
    variable : str
        Name of the variable, for receptors without a name.
    least_weight : float
        The lowest weight that is allowed.
    E : float or None
        Reversal potential, mV; None for a current.
    """

    unit: ClassVar[str] = "nS"
    variable: ClassVar[str] = "g"
    least_weight: ClassVar[float] = 0.0
    E: float | None

    def block(self, V: str) -> str:  # noqa: ARG002 - of those that depend on it
        """Formula of what the conductance is divided by at the potential `V` (mV); or empty."""
        return ""

    def current(self, variable: str) -> tuple[str, dict[str, float]]:
        """The current in equations of a model, and the numbers that names in it stand for."""
        if self.E is None:
            return variable, {}
        return f"{variable}*(E_of_{variable}*mV - V_m)", {f"E_of_{variable}": float(self.E)}

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        raise NotImplementedError


@known_names
@dataclass(frozen=True)
class CUBA(Output):
    """Current-based output: the receptor's variable is a current ``I_syn`` in pA."""

    unit: ClassVar[str] = "pA"
    variable: ClassVar[str] = "I_syn"
    least_weight: ClassVar[float] = -math.inf
    E: ClassVar[None] = None  # type: ignore[misc]  # there is none

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        return ("CUBA",)


CURRENT = CUBA()


@known_names
@dataclass(frozen=True)
class COBA(Output):
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
class MgBlock(Output):
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

    def block(self, V: str) -> str:
        """See `Output`."""
        return f"1.0 + {self.cc_Mg / self.beta!r}*exp({-self.alpha!r}*{V})"

    def current(self, variable: str) -> tuple[str, dict[str, float]]:
        """See `Output`."""
        current, numbers = super().current(variable)
        numbers[f"block_of_{variable}"] = self.cc_Mg / self.beta
        numbers[f"alpha_of_{variable}"] = self.alpha
        block = f"1 + block_of_{variable}*exp(-alpha_of_{variable}*V_m/mV)"
        return f"{current}/({block})", numbers

    def content(self) -> tuple[object, ...]:
        """Everything that defines the output, for the digest."""
        return ("MgBlock", self.E, self.alpha, self.beta, self.cc_Mg)
