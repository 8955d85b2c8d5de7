"""Statements that only add something fixed to a variable of the target, and why others do not."""

from __future__ import annotations

from distsnn.assemble.edges.synapse_variables import increment_of
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.language.functions import CONSTANTS, FUNCTIONS
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.language.symbols import CONSTANT, PARAMETER
from distsnn.language.syntax import calls_in, names_in
from distsnn.language.unit_names import UNITS


class NeedsCodeError(Exception):
    """Why synapses need generated code; the expression completes "... take generated code: "."""


def increased_variable(
    description: NetworkDescription, synapses: SynapsesDescription, parsed: ParsedSynapses
) -> str:
    """The target variable to which something fixed is added, if that is all that happens.

    Raises NeedsCodeError if more happens.
    """
    for name, what in (
        *((equation.name, "a sum in each step") for equation in parsed.summed),
        *((name, "an (event-driven) variable") for name in parsed.event_driven),
        *((name, "integrated in each step") for name in parsed.clock_driven),
        *((equation.name, "(constant over dt)") for equation in parsed.refreshed),
    ):
        raise NeedsCodeError(f"{name} is {what}")
    statements = [(p, s) for p in parsed.pathways for s in p.statements]
    if len(parsed.pathways) != 1 or len(statements) != 1:
        raise NeedsCodeError(
            f"{len(parsed.pathways)} pathways have {len(statements)} statements, and a table one"
        )
    ((pathway, statement),) = statements
    said = f"{statement.target} {statement.operator}= ..."
    target = statement.target.removesuffix("_post")
    if pathway.after != "pre":
        raise NeedsCodeError("they act after a spike of their target")
    if (
        statement.operator not in {"+", "-"}
        or not statement.target.endswith("_post")
        or statement.target in parsed.equations
    ):
        raise NeedsCodeError(f"{said!r} does more than to add to a variable of the target")
    if parsed.target.symbols[target].type != "float":
        raise NeedsCodeError(f"{target} has whole numbers")
    tree = increment_of(parsed)
    for name in names_in(tree):
        if not _is_fixed(description, synapses, parsed, name):
            raise NeedsCodeError(f"{name}, which {said!r} adds, can change during a run")
    if changing := [name for name in calls_in(tree) if name not in FUNCTIONS]:
        raise NeedsCodeError(f"{changing[0]}(), which {said!r} adds, changes during a run")
    return target


def _is_fixed(
    description: NetworkDescription,
    synapses: SynapsesDescription,
    parsed: ParsedSynapses,
    name: str,
) -> bool:
    """Whether what a name stands for does not change during a run."""
    if name in parsed.equations:
        return name not in parsed.written
    if name in {"i", "j", "N_pre", "N_post"} or name in UNITS or name in CONSTANTS:
        return True
    member = member_of(parsed, name)
    if member is None:
        return parsed.symbols[name].kind == CONSTANT
    side, stem = member
    part = synapses.source if side == "pre" else synapses.target
    group = description.groups[part.group]
    assert isinstance(group, NeuronDescription)
    written = (
        parse_model(group.model, group.name).written
        if isinstance(group.model, NeuronEquations)
        else ()
    )
    return (
        parsed.symbols[name].kind == PARAMETER
        and stem not in written
        and stem not in group.receptor_variables
    )


def member_of(parsed: ParsedSynapses, name: str) -> tuple[str, str] | None:
    """Side and name of the variable of a group that `name` stands for."""
    for side, members in (("pre", parsed.source), ("post", parsed.target)):
        stem = name.removesuffix(f"_{side}")
        if name.endswith(f"_{side}") and stem in members.symbols:
            return side, stem
    return None
