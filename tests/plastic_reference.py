"""Rules that change weights, one synapse and one event after the other, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import distsnn as snn

Rule = snn.STDP | snn.TripletSTDP | snn.VogelsSTDP


@dataclass
class Trace:
    """A trace that jumps at spikes and decays between them."""

    tau: float
    dt: float
    value: float = 0.0
    step: int = 0

    def at(self, step: int) -> float:
        return self.value * math.exp(-(step - self.step) * self.dt / self.tau)

    def jump(self, step: int, nearest: bool, tau: float | None = None) -> None:
        decay = math.exp(-(step - self.step) * self.dt / (tau or self.tau))
        self.value = 1.0 if nearest else self.value * decay + 1.0
        self.step = step


@dataclass
class Synapse:
    """One synapse: what has happened to its weight, and what it has transmitted.

    `transmitted` has (step at which the spike reached the synapse, weight). Of spikes that were
    sent before the rule was set and arrive later, `sent` has the steps of arrival at the synapse,
    of sources and of targets; traces had the `earlier` time constants until they were sent.
    """

    rule: Rule
    weight: float
    parameters: dict[str, float]
    dt: float
    transmitted: list[tuple[int, float]] = field(default_factory=list)
    sent: tuple[set[int], set[int]] = (set(), set())
    earlier: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rule, dt = self.rule, self.dt
        self.plus, self.minus = (
            Trace(self.parameters[name], dt) for name in ("tau_plus", "tau_minus")
        )
        slow = rule.slow or (1.0, 1.0)
        self.slow_pre, self.slow_post = Trace(slow[0], dt), Trace(slow[1], dt)

    def set_rule(
        self, rule: Rule, parameters: dict[str, float], pre: set[int], post: set[int]
    ) -> None:
        """Let weights change by other numbers; `pre` and `post` are what was sent before."""
        traces = {"plus": self.plus, "minus": self.minus}
        traces |= {"slow_pre": self.slow_pre, "slow_post": self.slow_post}
        self.earlier = {name: trace.tau for name, trace in traces.items()}
        own = rule.separate
        # Traces of its own a synapse carries on when spikes arrive.
        self.sent = (set() if own or rule.pairing == "presynaptic_centered" else pre,
                     set() if own else post)  # fmt: skip
        self.rule, self.parameters = rule, parameters
        slow = rule.slow or (1.0, 1.0)
        taus = parameters["tau_plus"], parameters["tau_minus"], *slow
        for trace, tau in zip(traces.values(), taus, strict=True):
            trace.tau = tau

    def _tau(self, name: str, step: int) -> float | None:
        """The time constant of a trace up to a spike that was sent before the rule was set."""
        return (
            self.earlier.get(name) if step in self.sent[name.endswith(("minus", "post"))] else None
        )

    def run(self, pre: Iterable[int], post: Iterable[int], end: int) -> None:
        """Let all events before step `end` act; `pre` and `post` are steps at the synapse."""
        pre_steps, post_steps = set(pre), set(post)
        for step in sorted(pre_steps | post_steps):
            if step >= end:
                break
            has_pre, has_post = step in pre_steps, step in post_steps
            if self.rule.coincidence == "pre_first":
                if has_pre:
                    self._before_jump(step, False)
                    self._jump_pre(step)
                if has_post:
                    self._before_jump(step, True)
                    self._jump_post(step)
            else:
                if has_post:
                    self._before_jump(step, True)
                if has_pre:
                    self._before_jump(step, False)
                # A trace that a target spike sets to 0 counts from here on.
                if has_post:
                    self._jump_post(step)
                if has_pre:
                    self._jump_pre(step)

    def _before_jump(self, step: int, is_post: bool) -> None:
        old = self.weight
        if is_post:
            tau, now = self._tau("slow_post", step), self.slow_post.tau
            self.slow_post.tau = tau or now
            change = potentiated(self, self.plus.at(step), self.slow_post.at(step))
            self.slow_post.tau = now
        else:
            change = depressed(self, self.minus.at(step), self.slow_pre.at(step))
        self.weight = min(max(change, self.parameters["w_min"]), self.parameters["w_max"])
        if not is_post:
            new = self.weight if self.rule.transmits == "after" else old
            self.transmitted.append((step, new))

    def _jump_pre(self, step: int) -> None:
        nearest = self.rule.pairing == "nearest_symmetric"
        self.plus.jump(step, nearest, self._tau("plus", step))
        self.slow_pre.jump(step, nearest, self._tau("slow_pre", step))

    def _jump_post(self, step: int) -> None:
        nearest = self.rule.pairing != "all_to_all"
        self.minus.jump(step, nearest, self._tau("minus", step))
        self.slow_post.jump(step, nearest, self._tau("slow_post", step))
        if self.rule.pairing == "presynaptic_centered":
            self.plus.value = 0.0


def potentiated(s: Synapse, r: float, o2: float) -> float:
    p, w = s.parameters, s.weight
    match s.rule:
        case snn.TripletSTDP():
            return w + r * (p["A2_plus"] + p["A3_plus"] * o2)
        case snn.VogelsSTDP():
            return w + p["eta"] * r
    span = p["w_max"] - p["w_min"]
    kinds: dict[str, Callable[[], float]] = {
        "additive": lambda: 1.0,
        "multiplicative": lambda: p["w_max"] - w,
        "guetig": lambda: span * ((p["w_max"] - w) / span) ** p["mu_plus"],
        "van_rossum": lambda: 1.0,
        "power_law": lambda: p["w_0"] ** (1 - p["mu_plus"]) * w ** p["mu_plus"],
    }
    return w + p["A_plus"] * kinds[s.rule.dependence]() * r


def depressed(s: Synapse, o: float, r2: float) -> float:
    p, w = s.parameters, s.weight
    match s.rule:
        case snn.TripletSTDP():
            return w - o * (p["A2_minus"] + p["A3_minus"] * r2)
        case snn.VogelsSTDP():
            alpha = p["alpha"] if "alpha" in p else 2 * p["rho_0"] * p["tau"]
            return w + p["eta"] * (o - alpha)
    span = p["w_max"] - p["w_min"]
    kinds: dict[str, Callable[[], float]] = {
        "additive": lambda: 1.0,
        "multiplicative": lambda: w - p["w_min"],
        "guetig": lambda: span * ((w - p["w_min"]) / span) ** p["mu_minus"],
        "van_rossum": lambda: w,
        "power_law": lambda: w,
    }
    return w - p["A_minus"] * kinds[s.rule.dependence]() * o


def steps(monitor: Any, index: int, dt: float) -> list[int]:
    """Steps of the spikes of one neuron."""
    return [round(float(t) / dt) for t, i in zip(monitor.t, monitor.i, strict=True) if i == index]
