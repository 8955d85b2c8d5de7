"""Connections between groups and Poisson input to them, as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.short_term import ShortTerm
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.values.given import Value, value_content
from distsnn.errors import ParameterError

# Expected of one input in a step, for each neuron.
_MOST_EVENTS = 20_000
SPARSE, DENSE, AUTO = "sparse", "dense", "auto"


@dataclass(frozen=True)
class Slice:
    """Neurons ``start <= index < stop`` of the group with index `group` in the network."""

    group: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.stop - self.start

    def shift_to(self, target: Slice) -> int | None:
        """Its start minus that of the target if both are in one group (see `rules`), else None."""
        same = replace(self, start=0, stop=0) == replace(target, start=0, stop=0)
        return self.start - target.start if same else None

    def content(self) -> tuple[object, ...]:
        """Everything that defines the slice, for the digest."""
        return (self.group, self.start, self.stop)


@dataclass(frozen=True)
class SynapseSlice(Slice):
    """All synapses of an object, as an end of other synapses.

    They live where their targets do, so `group` is the group of these; `synapses` is their name.
    """

    synapses: str

    def content(self) -> tuple[object, ...]:
        """Everything that defines the slice, for the digest."""
        return (*super().content(), self.synapses)


@dataclass(frozen=True)
class SetAt:
    """The steps at which delays, and the rule that changes weights, were set between runs.

    Spikes before the step of delays reach their targets with those that there were. 0 is never.
    """

    delays: int = 0
    rule: int = 0


NEVER_SET = SetAt()


@dataclass(frozen=True, eq=False)
class ProjectionDescription:
    """All synapses made by one ``connect``: source, target and receptor, rule, weight, delay.

    `receptor` is the index of the receptor within the target group; `weight` is in the
    receptor's unit, `delay` in ms; arrays have the shape that
    `distsnn.assemble.edges.projection_edges` states for the rule. `storage` is `SPARSE`, `DENSE` or
    `AUTO`; it has no part in the result. `delay` is the axonal part of the delay, `dendritic` the
    rest; `timing` changes the weights; `synapses` is the name of the object; spikes before the step
    `since` do not act; see `Connect` for `drawn`, and `SetAt` for `set_at`.
    """

    name: str
    source: Slice
    target: Slice
    receptor: int
    rule: ConnectionRule
    weight: Value
    delay: Value
    plasticity: ShortTerm | None = None
    storage: str = AUTO
    dendritic: Value = 0.0
    timing: SpikeTiming | None = None
    synapses: str = ""
    since: int = 0
    drawn: tuple[int, int] | None = None
    set_at: SetAt = NEVER_SET

    @property
    def changes(self) -> bool:
        """Whether weights change while the network runs."""
        # Weights that a rule has changed stay, also when its amplitudes become 0.
        return self.timing is not None and (self.timing.changes or self.set_at.rule > 0)

    @property
    def shift(self) -> int | None:
        """See `Slice.shift_to`."""
        return self.source.shift_to(self.target)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the projection, for the digest."""
        return (
            "projection",
            self.name,
            self.source.content(),
            self.target.content(),
            self.receptor,
            self.rule.content(),
            value_content(self.weight),
            value_content(self.delay),
            *(() if self.plasticity is None else (self.plasticity.content(),)),
            *(() if _is_zero(self.dendritic) else ("dendritic", value_content(self.dendritic))),
            *(() if self.timing is None else (self.timing.content(),)),
            *(("since", self.since) if self.since else ()),
            *(("drawn", *self.drawn) if self.drawn else ()),
            *(("set", self.set_at.delays, self.set_at.rule) if self.set_at != NEVER_SET else ()),
        )


@dataclass(frozen=True, eq=False)
class PoissonInputDescription:
    """`number` independent sources of `rate` (1/ms) for each target neuron.

    With `binomial` each of them spikes at most once in a step, else any number of times. `parts`
    are the indices, from and to, of the neurons of the target that it reaches; none are all.
    """

    name: str
    target: Slice
    receptor: int
    number: int
    rate: float
    weight: float
    binomial: bool = False
    parts: tuple[tuple[int, int], ...] = ()

    def check_events(self, dt: float) -> None:
        """Check the number of events in a step of `dt` ms.

        Raises ParameterError if there are too many.
        """
        where, expected = self.name or "PoissonInput", self.number * self.rate * dt
        if expected > _MOST_EVENTS:
            raise ParameterError(
                where,
                f"N*rate*dt={expected:g} events are expected per neuron and step",
                f"at most {_MOST_EVENTS:,} are possible",
                "use a constant current I_e for so strong an input",
            )
        if self.binomial and self.rate * dt > 1:
            raise ParameterError(
                where,
                f"rate={self.rate:g} / ms is {self.rate * dt:g} events of a source in a step",
                f"a source has at most one event in a step of {dt:g} ms",
                "take more sources (N) of a lower rate, or a smaller dt",
            )

    def content(self) -> tuple[object, ...]:
        """Everything that defines the input, for the digest."""
        return (
            "poisson input",
            self.name,
            self.target.content(),
            self.receptor,
            self.number,
            self.rate,
            self.weight,
            *(("binomial",) if self.binomial else ()),
            *self.parts,
        )


def _is_zero(value: Value) -> bool:
    return isinstance(value, float) and value == 0.0
