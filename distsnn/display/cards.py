"""The cards of users' objects; each is the ``_card`` of a class.

No card draws, gathers or names anything: it says what the object knows already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from distsnn.describe.synapses.equation_based import SynapseStrings
from distsnn.display.card import Card, shortened
from distsnn.display.formulas import formulas
from distsnn.language.parse import Equation

T = TypeVar("T")

# So many objects of a network have a row of their own.
_MOST_ROWS = 100


def shown_as(card: Callable[[Any], Card]) -> Callable[[type[T]], type[T]]:
    """Decorate a class whose objects are shown as `card` says."""

    def decorate(kind: type[T]) -> type[T]:
        vars_of: Any = kind
        vars_of.__repr__ = lambda made: str(card(made))
        vars_of._repr_html_ = lambda made: card(made).html
        return kind

    return decorate


def title_of(made: Any) -> str:
    """Class of an object, and its name if it has one already."""
    kind = made._kind if hasattr(made, "_kind") else type(made).__name__
    return f"{kind} {made._name!r}" if made._name else kind


def spike_source_card(group: Any) -> Card:
    """Card of sources of spikes."""
    return Card(title_of(group), (("N", f"{group.N:,}"),))


def neurons_card(
    group: Any, model: str, texts: Mapping[str, str], lines: Mapping[str, Equation]
) -> Card:
    """Card of a group of neurons.

    Parameters
    ----------
    model : str
        Its model, for people.
    texts : mapping of str to str
        Threshold, reset, ... of a model that is equations.
    lines : mapping of str to Equation
        Its equations.
    """
    receptors = [r for r in group.receptors if not r.variable]
    rows = (
        ("N", f"{group.N:,}"),
        ("model", model),
        ("variables", _with_units(group.variables())),
        ("receptors", ", ".join(map(repr, receptors))),
        *((name, texts.get(name, "")) for name in ("threshold", "reset", "refractory", "method")),
    )
    return Card(title_of(group), rows, formulas(lines))


def slice_card(part: Any) -> Card:
    """Card of a slice of a group."""
    return Card(
        f"Subgroup {part._called()}[{part.start}:{part.stop}]",
        (("N", f"{len(part):,}"), ("of", str(part.group._card()))),
    )


def built_in_synapses_card(synapses: Any) -> Card:
    """Card of synapses onto a receptor."""
    rows = (
        *_ends(synapses),
        ("receptor", repr(synapses.receptor)),
        ("short-term plasticity", "" if synapses.stp is None else repr(synapses.stp)),
        ("rule", "" if synapses.stdp is None else repr(synapses.stdp)),
        *_made(synapses),
    )
    return Card(title_of(synapses), rows)


def equation_synapses_card(
    synapses: Any, texts: SynapseStrings, lines: Mapping[str, Equation]
) -> Card:
    """Card of synapses with equations and statements; see `neurons_card`."""
    rows = (
        *_ends(synapses),
        ("variables", _with_units(synapses.units())),
        *((name, "; ".join(code.split("\n"))) for name, code in texts.on_pre + texts.on_post),
        *_made(synapses),
    )
    return Card(title_of(synapses), rows, formulas(lines))


def input_card(source: Any, unit: str) -> Card:
    """Card of a Poisson input."""
    return Card(
        title_of(source),
        (
            ("target", source.target.name),
            ("N", f"{source.N:,}"),
            ("rate", f"{1000 * source.rate:g} Hz"),
            ("weight", f"{source.weight:g} {unit}".removesuffix(" 1")),
        ),
    )


def spike_monitor_card(monitor: Any) -> Card:
    """Card of a monitor of spikes or other events."""
    return Card(
        title_of(monitor),
        (
            ("source", monitor.source.name),
            ("variables", ", ".join(monitor.record_variables)),
            ("recorded", f"{monitor.num_events:,} {monitor.event}s"),
        ),
    )


def sampling_monitor_card(monitor: Any) -> Card:
    """Card of a monitor that reads something at certain steps."""
    source, steps = monitor.source, (*monitor._trials, monitor)[0]._steps
    return Card(
        title_of(monitor),
        (
            ("source", source.name if hasattr(source, "group") else source._called()),
            ("variables", ", ".join(getattr(monitor, "record_variables", ()))),
            ("recorded", f"{len(steps):,} times"),
        ),
    )


def network_card(network: Any) -> Card:
    """Card of a network, with a row for each object."""
    members = network.parts
    state = "built" if network.built else "not built, which its first run does"
    counts = (
        f"{len(objects)} {what}{'s' if len(objects) != 1 and what != 'synapses' else ''}"
        for what, objects in (
            ("group", network.groups),
            ("synapses", network.synapses),
            ("input", network.inputs),
            ("monitor", network.monitors),
        )
        if objects
    )
    return Card(
        "Network",
        (
            ("objects", ", ".join(counts)),
            ("t", f"{network.t:g} ms"),
            ("dt", f"{network.dt:g} ms"),
            ("seed", str(network.seed)),
            ("threads", str(network.threads) if network.threads > 1 else ""),
            ("trials", str(network.trials or "")),
            ("state", state),
        ),
        header=("object", "what it is") if members else (),
        table=tuple(_object_row(member._card()) for member in members[:_MOST_ROWS]),
    )


def _object_row(card: Card) -> tuple[str, str]:
    rows = [f"{label} {shortened(value)}" for label, value in card.rows if value]
    return card.title, ", ".join(rows)


def _with_units(units: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({unit})" for name, unit in units.items())


def _ends(synapses: Any) -> tuple[tuple[str, str], ...]:
    return ("from", synapses.source.name), ("to", synapses.target.name)


def _made(synapses: Any) -> Iterable[tuple[str, str]]:
    """Rows with the number of synapses, as far as it is known without drawing them."""
    number, is_exact = synapses._number()
    if not is_exact:
        yield "synapses", f"about {number:,.0f}, which the first run draws"
    else:
        yield "synapses", f"{number:,}" if number else "none"
    yield "connect", ", ".join(type(rule).__name__ for rule in synapses._rules)
    yield "act by", synapses._way
