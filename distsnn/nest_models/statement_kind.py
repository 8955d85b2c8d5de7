"""Models of synapses that are written with statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from distsnn.nest_models.cell_model import before
from distsnn.nest_models.synapse_kinds import SynapseKind

# Of the names of its variables, which neurons have too.
PREFIX = "s_"
# What a volume transmitter says, per ms.
MODULATOR = "modulator"


@dataclass(frozen=True)
class Spelled:
    """Statements of synapses, for spikes of both sides and for each step."""

    on_pre: str
    on_post: str
    each_step: str


@dataclass(frozen=True, eq=False)
class StatementKind(SynapseKind):
    """A model of synapses with statements.

    Attributes
    ----------
    units : mapping of str to str
        Unit of each of its parameters and states in equations.
    states : mapping of str to float
        Start of states that are no parameters of NEST.
    on_pre : callable
        From its parameters to the statements for a spike, with ``{receptor}`` for the variable
        that events add to.
    on_post : callable
        The same for a spike of the target, which acts when it has reached the synapse, before a
        spike of the source does.
    each_step : callable
        From its parameters to the statements that run in each step.
    when : str
        The slot in which they do.
    flow : callable
        From its parameters and the time step (ms) to equations that advance states in each step,
        before spikes act.
    modulated : bool
        Whether the flow reads ``modulator``, a variable of a volume transmitter.
    of_target : frozenset of str
        Variables of the target that they read, ``{LTP}``, as they were twice the delay before.
    arrives_in : str
        Variable of the target that they add to a step early, in the place of a receptor's.
    else_where : StatementKind, optional
        The same for targets that have no such variable.
    begins : callable
        From its parameters to the start of further states.
    of_models : mapping of str to StatementKind
        What it is onto each of the models that it acts on; empty if it acts on any.
    one_step : bool
        Whether all delays are one step.
    """

    units: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, float] = field(default_factory=dict)
    on_pre: Callable[[Mapping[str, Any]], str] = lambda _: ""
    on_post: Callable[[Mapping[str, Any]], str] = lambda _: ""
    each_step: Callable[[Mapping[str, Any]], str] = lambda _: ""
    when: str = "start"
    flow: Callable[[Mapping[str, Any], float], Mapping[str, str]] = lambda *_: {}
    modulated: bool = False
    of_target: frozenset[str] = frozenset()
    arrives_in: str = ""
    else_where: StatementKind | None = None
    begins: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda _: {}
    of_models: Mapping[str, StatementKind] = field(default_factory=dict)
    one_step: bool = False
    # Whether a spike may carry nothing, and is no event then.
    by_chance: bool = False

    def looks_back(self, delay: int) -> int:
        """How many steps they look back with a delay, steps."""
        return 2 * delay - bool(self.arrives_in) if self.of_target else 0

    def recorded(self) -> StatementKind:
        """The same, with what an event has carried, and when."""

        def on_pre(p: Mapping[str, Any]) -> str:
            return re.sub(
                r"^\{receptor\} \+= (.*)$",
                r"carried = \1\ncarried_at = t\n{receptor} += carried",
                self.on_pre(p),
                flags=re.MULTILINE,
            )

        return replace(
            self,
            units={**self.units, "carried": "", "carried_at": "second"},
            states={**self.states, "carried": 0.0, "carried_at": -1.0},
            on_pre=on_pre,
            else_where=self.else_where and self.else_where.recorded(),
            of_models={name: kind.recorded() for name, kind in self.of_models.items()},
        )

    def onto(self, kinds: Mapping[str, StatementKind]) -> StatementKind:
        """The same, which is another kind onto each model."""
        return replace(self, of_models=kinds)

    @property
    def keeps_delay(self) -> bool:
        """See `SynapseKind`; spikes of the target return to the synapse after its delay."""
        return (
            self.one_delay
            or self.one_step
            or bool(self.on_post({**self.defaults, "tau_minus": 1.0}))
        )

    @property
    def one_delay(self) -> bool:
        """Whether synapses with other delays need other statements."""
        return bool(self.of_target) or self.modulated

    def model(self, p: Mapping[str, Any], unit: str, dt: float, before: int = 0) -> str:
        """The equations; `unit` is that of weights, and of all that has the unit ``""``.

        Nothing flows in the steps `before` the time of the synapse begins.
        """
        units = {"w": "", "d": "second", **self.units}
        flow = {name: self._named(line) for name, line in self.flow(p, dt).items()}
        if before > 0:
            begun = f"int(t > {(before - 0.5) * dt!r}*ms)"
            flow = {name: f"{begun}*({line})" for name, line in flow.items()}
        lines = [
            f"d{PREFIX}{name}/dt = {flow[name]} : {of or unit}"
            if name in flow
            else f"{PREFIX}{name} : {of or unit}"
            for name, of in units.items()
        ]
        return "\n".join([*lines, f"{MODULATOR} : 1 (linked)"] if self.modulated else lines)

    def statements(self, p: Mapping[str, Any], receptor: str, delay: int) -> Spelled:
        """The statements for spikes, and those of each step.

        `receptor` is the variable that they add to; of `delay`, steps, those that look back ask.
        """
        back = {x: f"{before(x, self.looks_back(delay))}_post" for x in self.of_target}
        return Spelled(
            *(
                self._named(code).format(receptor=receptor, **back)
                for code in (self.on_pre(p), self.on_post(p), self.each_step(p))
            )
        )

    def _named(self, code: str) -> str:
        """Code with the prefix before each of its own names."""
        assigned = re.findall(r"^(\w+) =", code, re.MULTILINE)
        own = "|".join({"w", "d", *self.units, *assigned})
        return re.sub(rf"\b({own})\b", rf"{PREFIX}\1", code)
