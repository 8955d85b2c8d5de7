"""Short-term plasticity of synapses, kept once for each source."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.given import checked_value
from distsnn.errors import ParameterError

BEFORE, AFTER = "before", "after"


@known_names
@dataclass(frozen=True)
class STD:
    r"""Short-term depression: what a spike transmits is multiplied by its resources ``x``.

    .. math:: dx/dt = (1 - x)/\tau, \qquad x \to x - U x \text{ at a spike}

    ``x`` starts at 1. It changes when a spike leaves its source and is the same for all
    synapses of the source, whatever their delays.

    Parameters
    ----------
    tau : float, ms
        Time constant of recovery.
    U : float
        Fraction of the resources that a spike uses, 0 to 1.
    x : "after" or "before"
        Whether a spike transmits the resources left after it (BrainPy) or those before it.

    Raises
    ------
    ParameterError
        If a value is not allowed.

    Notes
    -----
    Abbott, Varela, Sen & Nelson 1997, Science 275:220-224. The defaults are those of BrainPy's
    ``STD``.
    """

    tau: float = 200.0
    U: float = 0.07
    x: str = AFTER

    def __post_init__(self) -> None:
        _check(self, ("tau",), ("U",), ("x",))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the plasticity, for the digest."""
        return ("STD", self.tau, self.U, self.x)


@known_names
@dataclass(frozen=True)
class STP:
    r"""Short-term facilitation and depression: what a spike transmits is multiplied by ``u x``.

    .. math:: du/dt = -u/\tau_f, \quad dx/dt = (1 - x)/\tau_d

    At a spike first :math:`u \to u + U (1 - u)`, then :math:`x \to x - u x` with the new ``u``.
    ``x`` starts at 1 and ``u`` at `u_0`, at the time 0. Both change when a spike leaves its
    source and are the same for all synapses of the source, whatever their delays.

    Parameters
    ----------
    U : float
        Growth of ``u`` at a spike, 0 to 1.
    tau_f, tau_d : float, ms
        Time constants of facilitation and of depression.
    u, x : "after" or "before"
        Whether a spike transmits the value after its change or before. BrainPy takes both after
        it; the model as published, Brian 2's usual text and NEST's ``tsodyks2_synapse`` (with
        ``u_0=0``) take ``u`` after and ``x`` before; Auryn both before.
    u_0 : float, optional
        ``u`` at the start, by default `U` as in BrainPy; 0 is the state of rest.

    Raises
    ------
    ParameterError
        If a value is not allowed.

    Notes
    -----
    Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821-835. The defaults are those of
    BrainPy's ``STP``, whose documented equations these are.
    """

    U: float = 0.15
    tau_f: float = 1500.0
    tau_d: float = 200.0
    u: str = AFTER
    x: str = AFTER
    u_0: float | None = None

    def __post_init__(self) -> None:
        if self.u_0 is None:
            object.__setattr__(self, "u_0", self.U)
        _check(self, ("tau_f", "tau_d"), ("U", "u_0"), ("u", "x"))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the plasticity, for the digest."""
        return ("STP", self.U, self.tau_f, self.tau_d, self.u, self.x, self.u_0)


ShortTerm = STD | STP


def _check(
    made: ShortTerm, times: tuple[str, ...], fractions: tuple[str, ...], moments: tuple[str, ...]
) -> None:
    where = type(made).__name__
    for name in (*times, *fractions):
        unit = "ms" if name in times else "1"
        value = checked_value(where, name, getattr(made, name), unit)
        if not isinstance(value, float):
            raise ParameterError(
                where,
                f"{name}={getattr(made, name)!r}",
                f"{name} is one number for all synapses",
                "write synapses whose parameters differ as equations",
            )
        if name in times and not value > 0:
            raise ParameterError(where, f"{name}={value} ms", f"{name} must be > 0 ms")
        if name in fractions and not 0 <= value <= 1:
            raise ParameterError(where, f"{name}={value}", f"{name} must lie between 0 and 1")
        object.__setattr__(made, name, value)
    for name in moments:
        why = ": the value that a spike transmits"
        check_choice(where, name, getattr(made, name), (AFTER, BEFORE), why)
