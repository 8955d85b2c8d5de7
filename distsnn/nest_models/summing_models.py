"""Neurons that send values to others in each step, and receive weighted sums of such values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.nest_models.cell_model import CellModel
from distsnn.nest_models.synapse_kinds import OF_ALL, SynapseKind

WEIGHT = "s_w"


@dataclass(frozen=True)
class SumKind(SynapseKind):
    """A model of synapses that carry a value in each step.

    Attributes
    ----------
    sent : str
        Variable of the source.
    unit : str
        Unit of weights in equations.
    received : mapping of str to str
        Sums of the target, and what each synapse adds; ``{x}`` is the value.
    delayed : bool
        Whether values take the delay; else those of the beginning of a step act in it.
    from_start : bool
        Whether the value of the start of the first step is sent, too.
    """

    sent: str = ""
    unit: str = "1"
    received: Mapping[str, str] = field(default_factory=dict)
    delayed: bool = False
    from_start: bool = True


_WEIGHTED = f"{WEIGHT}*{{x}}"
SUMS: Mapping[str, SumKind] = {
    "sic_connection": SumKind(
        OF_ALL, sent="SIC", received={"I_SIC": _WEIGHTED}, delayed=True, from_start=False
    ),
    "rate_connection_delayed": SumKind(
        OF_ALL, sent="sent_rate", received={"delayed_rates": _WEIGHTED}, delayed=True
    ),
    "rate_connection_instantaneous": SumKind(
        OF_ALL, sent="sent_rate", received={"instant_rates": _WEIGHTED}
    ),
    "gap_junction": SumKind(
        OF_ALL,
        sent="V_m",
        unit="siemens",
        received={"gap_current": _WEIGHTED, "gap_conductance": WEIGHT},
    ),
}


class SummingModel(NeuronModel):
    """A model that sends values and receives sums.

    Attributes
    ----------
    sent, received : mapping of str to str
        Unit of each variable that is sent, and of each sum. The equations name sums; lines for
        them are added.
    looked_back : mapping of str to str
        Unit of each variable whose values of steps before plastic synapses read.
    within : str
        The function of each value ``{x}`` that is weighted; parameters are those of the target.
    """

    sent: ClassVar[Mapping[str, str]] = {}
    received: ClassVar[Mapping[str, str]] = {}
    looked_back: ClassVar[Mapping[str, str]] = {}
    within: ClassVar[str] = "{x}"


@dataclass(frozen=True)
class Channel:
    """All connections of one model and delay from one group to another, which are one sum.

    Attributes
    ----------
    base : str
        NEST's name of the model of synapses.
    source, target : int
        Numbers of the groups.
    delay : int
        Steps.
    since : int
        The first step in which anything comes.
    """

    base: str
    source: int
    target: int
    delay: int
    since: int

    @property
    def kind(self) -> SumKind:
        """The model of synapses."""
        return SUMS[self.base]

    @property
    def read(self) -> str:
        """The variable of the source that is read.

        Sums that are delayed act a step after they are made, so that it is early by one.
        """
        late = self.kind.delayed and self.delay > 1
        return before(self.kind.sent, self.delay) if late else self.kind.sent

    def sum_of(self, received: str) -> str:
        """Name of the part of a sum that comes through it."""
        return f"{received}_{self.source}_{self.delay}"

    def model(self, target: SummingModel) -> str:
        """The equations of the synapses onto a model."""
        value = target.within.format(x=f"{self.read}_pre")
        lines = [f"{WEIGHT} : {self.kind.unit}"]
        come = f"*int(t > {self.since - 0.5}*dt)" if self.since > 0 else ""
        for name, term in self.kind.received.items():
            made = f"{term.format(x=value)}{come} : {target.received[name]}"
            lines.append(f"{self.sum_of(name)}_post = {made} (summed)")
        return "\n".join(lines)


def before(name: str, steps: int) -> str:
    """Name of the value that a variable had so many steps before."""
    return f"{name}_before_{steps}"


def with_channels(
    cell: CellModel, number: int, channels: Sequence[Channel], back: int
) -> CellModel:
    """The cell of a group with the sums that it receives, and values that are read later.

    Synapses onto it look `back` steps.
    """
    model = cell.model
    if not isinstance(model, SummingModel):
        return cell
    lines = [model.equations]
    for name, unit in model.received.items():
        into = [c for c in channels if c.target == number and name in c.kind.received]
        parts = [c.sum_of(name) for c in into]
        lines += [f"{part} : {unit}" for part in parts]
        held = " (constant over dt)" if any(c.kind.delayed for c in into) else ""
        total = f" = {' + '.join(parts)}" if parts else ""
        lines.append(f"{name}{total} : {unit}{held}")
    shifts = {"at_start": [model.at_start], "at_end": [model.at_end]}
    for name, unit in model.sent.items():
        out = [c for c in channels if c.source == number and c.read == before(name, c.delay)]
        longest = max((c.delay for c in out), default=0)
        lines += [f"{before(name, k)} : {unit}" for k in range(1, longest + 1)]
        shifts["at_start"] += _shift(name, longest)
    for name, unit in model.looked_back.items():
        lines += [f"{before(name, k)} : {unit}" for k in range(1, back + 1)]
        shifts["at_end"] += _shift(name, back)
    moments = {moment: "; ".join(filter(None, codes)) for moment, codes in shifts.items()}
    body = {"equations": "\n".join(lines), "__module__": __name__, **moments}
    kind = type(model)
    made = type(kind.__name__, (kind,), body)(method=model.method or None, **model.values)
    return replace(cell, model=made)


def _shift(name: str, steps: int) -> list[str]:
    """Statements by which values of steps before move on by a step."""
    return [
        f"{before(name, k)} = {before(name, k - 1) if k > 1 else name}" for k in range(steps, 0, -1)
    ]
