"""Spike-timing-dependent plasticity: rules that change weights by the spikes of both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.synapses.short_term import AFTER, BEFORE
from distsnn.describe.synapses.spike_timing import (
    ALL_TO_ALL,
    NEAREST,
    PRE_FIRST,
    SpikeTiming,
    WeightChange,
    shown,
)
from distsnn.describe.values.given import Value, value_bounds
from distsnn.errors import ParameterError

ADDITIVE, MULTIPLICATIVE, GUETIG = "additive", "multiplicative", "guetig"
VAN_ROSSUM, POWER_LAW = "van_rossum", "power_law"
_CHANGES = {
    change.name: change
    for change in (
        WeightChange("w + A_plus * r", "w - A_minus * y", ADDITIVE),
        WeightChange(
            "w + A_plus * (w_max - w) * r", "w - A_minus * (w - w_min) * y", MULTIPLICATIVE
        ),
        WeightChange(
            "w + A_plus * (w_max - w_min) * power((w_max - w) / (w_max - w_min), mu_plus) * r",
            "w - A_minus * (w_max - w_min) * power((w - w_min) / (w_max - w_min), mu_minus) * y",
            GUETIG,
        ),
        WeightChange("w + A_plus * r", "w - A_minus * w * y", VAN_ROSSUM),
        WeightChange(
            "w + A_plus * scaled_power(w, w_0, mu_plus) * r", "w - A_minus * w * y", POWER_LAW
        ),
    )
}
# The parameters of each weight dependence besides A_plus, A_minus and the bounds.
_EXTRA = {
    ADDITIVE: {},
    MULTIPLICATIVE: {},
    GUETIG: {"mu_plus": 1.0, "mu_minus": 1.0},
    VAN_ROSSUM: {},
    POWER_LAW: {"mu_plus": 0.4, "w_0": 1.0},
}


@known_names
@dataclass(frozen=True, eq=False)
class STDP(SpikeTiming):
    r"""Pair rule: weights change by the time between spikes of source and target.

    .. math::

        x_+ \to x_+ + 1, \; dx_+/dt = -x_+/\tau_+ \quad \text{(source)}; \qquad
        x_- \to x_- + 1, \; dx_-/dt = -x_-/\tau_- \quad \text{(target)}

    At a spike of the target :math:`w \to w + f_+(w) x_+`, at a spike of the source :math:`w \to
    w - f_-(w) x_-`, each followed by :math:`w \to \min(\max(w, w_{min}), w_{max})`, with

    ================== ===================================== ===================================
    `dependence`       :math:`f_+(w)`                        :math:`f_-(w)`
    ================== ===================================== ===================================
    ``additive``       :math:`A_+`                           :math:`A_-`
    ``multiplicative`` :math:`A_+ (w_{max} - w)`             :math:`A_- (w - w_{min})`
    ``guetig``         :math:`A_+ s (1 - v)^{\mu_+}`         :math:`A_- s v^{\mu_-}`
    ``van_rossum``     :math:`A_+`                           :math:`A_- w`
    ``power_law``      :math:`A_+ w_0^{1-\mu_+} w^{\mu_+}`   :math:`A_- w`
    ================== ===================================== ===================================

    where :math:`s = w_{max} - w_{min}` and :math:`v = (w - w_{min})/s`. A spike reaches the
    synapse after the axonal part of its delay (``delay=`` of the synapses), one of the target
    after the dendritic part (``dendritic_delay=``).

    Parameters
    ----------
    A_plus, A_minus : float, array or Distribution
        Amplitudes of potentiation and of depression, one number or one for each synapse; in the
        unit of the weight where `f` has no other factor with that unit (``additive``; `A_plus`
        of ``van_rossum``), else without unit. Negative ones exchange the two.
    tau_plus, tau_minus : float, array or Distribution, ms
        Time constants. Where they differ between synapses, each has traces of its own: it takes 40
        bytes more, and events take longer.
    w_min, w_max : float, array or Distribution
        Bounds, in the unit of the weight; ``multiplicative`` and ``guetig`` need finite ones.
    dependence : str
        See the table.
    mu_plus, mu_minus : float, array or Distribution, optional
        Exponents of ``guetig`` (by default 1 and 1); `mu_plus` also that of ``power_law`` (0.4).
    w_0 : float, array or Distribution, optional
        Reference weight of ``power_law``, by default 1.
    pairing : "all_to_all", "nearest_symmetric" or "presynaptic_centered"
        All pairs count; or each spike with the last one before it of the other side (traces jump
        to 1 instead of by 1); or each spike of the source with the last one before it and the
        next one after it of the target.
    coincidence : "pre_first" or "ignore"
        What happens if both reach the synapse in the same step: the source's acts first, so that
        the pair potentiates (Brian 2), or the pair counts not at all (NEST).
    transmits : "before" or "after"
        Which weight a spike of the source transmits: that before its own change, as in
        Brian 2's usual text, or that after it, as in NEST.

    Raises
    ------
    ParameterError
        If a value is not allowed, or belongs to another weight dependence.

    Notes
    -----
    NEST's ``stdp_synapse`` is ``STDP(lambda_, alpha*lambda_, dependence="guetig", w_max=Wmax,
    coincidence="ignore", transmits="after")`` with all of the delay dendritic (``delay=0,
    dendritic_delay=d``); its ``stdp_pl_synapse_hom`` the same with ``power_law``,
    ``stdp_nn_symm_synapse`` and ``stdp_nn_pre_centered_synapse`` the other pairings. Brian 2's
    usual text, with ``apre += dApre`` and ``w = clip(w + apost, 0, gmax)`` on a source spike, is
    ``STDP(dApre, -dApost, w_max=gmax)`` with all of the delay axonal.

    Sources: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459-478 (pairings); Song, Miller
    & Abbott 2000, Nat. Neurosci. 3:919-926 (additive); Rubin, Lee & Sompolinsky 2001, Phys. Rev.
    Lett. 86:364-367 (multiplicative); van Rossum, Bi & Turrigiano 2000, J. Neurosci. 20:8812-8821;
    Guetig et al. 2003, J. Neurosci. 23:3697-3714; Morrison, Aertsen & Diesmann 2007, Neural
    Comput. 19:1437-1467 (power law).
    """

    A_plus: Any
    A_minus: Any
    tau_plus: Any = 20.0
    tau_minus: Any = 20.0
    w_min: Any = 0.0
    w_max: Any = math.inf
    dependence: str = ADDITIVE
    mu_plus: Any = None
    mu_minus: Any = None
    w_0: Any = None
    pairing: str = ALL_TO_ALL
    coincidence: str = PRE_FIRST
    transmits: str = BEFORE

    def __post_init__(self) -> None:
        self._check("tau_plus", "tau_minus")
        self._check_values("A_plus", "A_minus")
        check_choice("STDP", "dependence", self.dependence, tuple(_EXTRA))
        extra = _EXTRA[self.dependence]
        for name in ("mu_plus", "mu_minus", "w_0"):
            given = getattr(self, name)
            if given is not None and name not in extra:
                having = [kind for kind, names in _EXTRA.items() if name in names]
                raise ParameterError(
                    "STDP",
                    f"{name}={given!r} with dependence={self.dependence!r}",
                    "its parameters are "
                    f"{', '.join(['A_plus', 'A_minus', 'w_min', 'w_max', *extra])}; "
                    f"{name} belongs to {' and '.join(map(repr, having))}",
                    f"leave out {name}, or choose another dependence",
                    name=name,
                )
            if name in extra:
                self._set(name, extra[name] if given is None else given)
                self._check_values(name)
        self._check_dependence()

    def _check_dependence(self) -> None:
        low, high = value_bounds(self.w_min)[0], value_bounds(self.w_max)[1]
        if self.dependence in {MULTIPLICATIVE, GUETIG} and not math.isfinite(high - low):
            raise ParameterError(
                "STDP",
                f"w_min={shown(self.w_min)}, w_max={shown(self.w_max)}",
                f"dependence={self.dependence!r} needs finite bounds",
                "give w_max=",
            )
        if self.dependence == POWER_LAW and low < 0:
            raise ParameterError(
                "STDP",
                f"w_min={shown(self.w_min)}",
                "dependence='power_law' needs w_min >= 0",
                "raise w_min",
            )
        if self.w_0 is not None and not value_bounds(self.w_0)[0] > 0:
            raise ParameterError("STDP", f"w_0={shown(self.w_0)}", "w_0 must be > 0", "correct w_0")

    @property
    def formula(self) -> WeightChange:
        """The change of the weight."""
        return _CHANGES[self.dependence]

    @property
    def parameters(self) -> dict[str, Value]:
        """Numbers of the formula, or values of each synapse; bounds come first."""
        names = ("w_min", "w_max", "A_plus", "A_minus", *_EXTRA[self.dependence])
        return {name: getattr(self, name) for name in names}


@known_names
@dataclass(frozen=True, eq=False)
class TripletSTDP(SpikeTiming):
    r"""Triplet rule: potentiation and depression depend on a second trace of the same side.

    Sources have traces :math:`r_1, r_2` with :math:`\tau_+, \tau_x`, targets :math:`o_1, o_2` with
    :math:`\tau_-, \tau_y`; each jumps at a spike of its own side, after the weight has changed:

    .. math::

        \text{target: } w \to w + r_1 (A_2^+ + A_3^+ o_2), \qquad
        \text{source: } w \to w - o_1 (A_2^- + A_3^- r_2)

    Parameters
    ----------
    kind : "full" or "minimal"
        All four amplitudes, or `A3_plus` and `A2_minus` alone. The defaults of all parameters
        are those that Pfister & Gerstner fitted to data of visual cortex, all-to-all.
    A2_plus, A2_minus, A3_plus, A3_minus : float, array or Distribution
        Amplitudes, in the unit of the weight, one number or one for each synapse.
    tau_plus, tau_minus, tau_x, tau_y : float, ms
        Time constants.
    w_min, w_max : float, array or Distribution
        Bounds, in the unit of the weight.
    pairing : "all_to_all" or "nearest_symmetric"
        Whether traces jump by 1 or to 1.
    coincidence, transmits
        See `STDP`.

    Raises
    ------
    ParameterError
        If a value is not allowed.

    Notes
    -----
    NEST's ``stdp_triplet_synapse`` is the full rule with ``coincidence="ignore"``,
    ``transmits="after"`` and all of the delay dendritic.

    Source: Pfister & Gerstner 2006, J. Neurosci. 26:9673-9682.
    """

    kind: str = "full"
    A2_plus: Any = None
    A2_minus: Any = None
    A3_plus: Any = None
    A3_minus: Any = None
    tau_plus: float = 16.8
    tau_minus: float = 33.7
    tau_x: float = 101.0
    tau_y: float | None = None
    w_min: Any = 0.0
    w_max: Any = math.inf
    pairing: str = ALL_TO_ALL
    coincidence: str = PRE_FIRST
    transmits: str = BEFORE
    formula = WeightChange(
        "w + r * (A2_plus + A3_plus * s)", "w - y * (A2_minus + A3_minus * z)", "triplet"
    )

    def __post_init__(self) -> None:
        check_choice("TripletSTDP", "kind", self.kind, tuple(_TRIPLET))
        fitted = _TRIPLET[self.kind]
        for name in ("A2_plus", "A3_minus"):
            given = getattr(self, name)
            if self.kind == "minimal" and given is not None and np.any(given):
                raise ParameterError(
                    "TripletSTDP",
                    f"{name}={given!r} with kind='minimal'",
                    "the amplitudes of the minimal rule are A3_plus and A2_minus",
                    f"leave out {name}, or choose kind='full'",
                    name=name,
                )
        for name, value in fitted.items():
            if getattr(self, name) is None:
                self._set(name, value)
        self._check("tau_plus", "tau_minus", "tau_x", "tau_y")
        self._check_numbers("tau_plus", "tau_minus", "tau_x", "tau_y")
        self._check_values("A2_plus", "A2_minus", "A3_plus", "A3_minus")
        check_choice("TripletSTDP", "pairing", self.pairing, (ALL_TO_ALL, NEAREST))
        assert self.tau_y is not None
        self._set("slow", (self.tau_x, self.tau_y))

    @property
    def parameters(self) -> dict[str, Value]:
        """Numbers of the formula, or values of each synapse; bounds come first."""
        names = ("w_min", "w_max", "A2_plus", "A2_minus", "A3_plus", "A3_minus")
        return {name: getattr(self, name) for name in names}


@known_names
@dataclass(frozen=True, eq=False)
class VogelsSTDP(SpikeTiming):
    r"""Inhibitory rule: weights grow until the targets fire at a given rate.

    With traces :math:`x` of both sides, which jump by 1 at a spike and decay with :math:`\tau`:

    .. math::

        \text{target: } w \to w + \eta x_{source}, \qquad
        \text{source: } w \to w + \eta (x_{target} - 2 \rho_0 \tau)

    Parameters
    ----------
    eta : float, array or Distribution
        Learning rate, in the unit of the weight, one number or one for each synapse. Negative
        for inhibitory weights below zero (currents); the bounds are then `w_min` and 0.
    rho_0 : float, array or Distribution, 1/ms
        Rate at which depression and potentiation balance, for instance ``5*Hz``.
    tau : float, array or Distribution, ms
        Time constant of both traces; see `STDP`.
    w_min, w_max : float, array or Distribution
        Bounds, in the unit of the weight.
    coincidence, transmits
        See `STDP`.

    Raises
    ------
    ParameterError
        If a value is not allowed.

    Notes
    -----
    NEST's ``vogels_sprekeler_synapse`` is the rule with ``alpha = 2 rho_0 tau``,
    ``coincidence="ignore"`` and all of the delay dendritic, up to its bounds: there it clips the
    two parts of a change one after the other.

    Source: Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Science 334:1569-1573.
    """

    eta: Any
    rho_0: Any
    tau: Any = 20.0
    w_min: Any = 0.0
    w_max: Any = math.inf
    coincidence: str = PRE_FIRST
    transmits: str = AFTER
    pairing = ALL_TO_ALL

    def __post_init__(self) -> None:
        self._check("tau")
        self._check_values("eta", "rho_0")
        if not value_bounds(self.rho_0)[0] >= 0:
            raise ParameterError(
                "VogelsSTDP", f"rho_0={shown(self.rho_0)}/ms", "rho_0 must be >= 0", "correct rho_0"
            )
        self._set("tau_plus", self.tau)
        self._set("tau_minus", self.tau)

    @property
    def formula(self) -> WeightChange:
        """The change of the weight."""
        if "alpha" in self.parameters:
            return WeightChange("w + eta * r", "w + eta * (y - alpha)", "vogels")
        return WeightChange("w + eta * r", "w + eta * (y - 2.0 * rho_0 * tau)", "vogels each")

    @property
    def parameters(self) -> dict[str, Value]:
        """Numbers of the formula, or values of each synapse; bounds come first."""
        given = {"w_min": self.w_min, "w_max": self.w_max, "eta": self.eta}
        if isinstance(self.rho_0, float) and isinstance(self.tau, float):
            return {**given, "alpha": 2.0 * self.rho_0 * self.tau}
        return {**given, "rho_0": self.rho_0, "tau": self.tau}


# Pfister & Gerstner 2006, table 3: visual cortex, all-to-all.
_TRIPLET: dict[str, dict[str, float]] = {
    "full": {
        "A2_plus": 5e-10,
        "A3_plus": 6.2e-3,
        "A2_minus": 7e-3,
        "A3_minus": 2.3e-4,
        "tau_y": 125.0,
    },
    "minimal": {
        "A2_plus": 0.0,
        "A3_plus": 6.5e-3,
        "A2_minus": 7.1e-3,
        "A3_minus": 0.0,
        "tau_y": 114.0,
    },
}
