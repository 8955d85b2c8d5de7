"""Values of built-in synapses as users give and set them: numbers, arrays and expressions."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from operator import is_
from typing import Any

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_values import PairExpression
from distsnn.assemble.edges.edges import Edges
from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import AUTO, DENSE, SPARSE, ProjectionDescription
from distsnn.describe.synapses.short_term import ShortTerm
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import (
    Distribution,
    PerSource,
    PerSynapse,
    Stored,
    Value,
    checked_value,
    one_for_all,
    value_bounds,
)
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.rounded import Rounded
from distsnn.errors import ParameterError
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.front.names.scope import defaultclock
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.target_checks import checked_weight
from distsnn.language import dimensions as dim
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.objects.group_variables import members_of
from distsnn.language.objects.pair_symbols import pair_symbols
from distsnn.language.source_location import SourceLocation
from distsnn.language.unit_names import parse_unit
from distsnn.layout.delays import delay_bounds

_FEW_BITS = 16
# Time constants that may differ between synapses, whose traces are their own then.
_SEPARATE = ("tau_plus", "tau_minus", "tau")


def pair_expression(
    where: str, name: str, text: str, unit: str, ends: tuple[Subgroup, Subgroup]
) -> Expression:
    """An expression over ``i j N_pre N_post x_pre x_post``: ``'exp(-abs(x_pre - x_post)/um)'``.

    Raises EquationError or UnitError if the expression cannot be understood.

    Parameters
    ----------
    where, name : str
        The synapses and what the expression gives, for errors.
    unit : str
        Unit of the values.
    ends : tuple of Subgroup
        Source and target.
    """
    location = SourceLocation(where, f"{name} =", text)
    source, target = (members_of(end.group.describe(defaultclock.dt)) for end in ends)
    wanted = parse_unit(unit, location)[0] if unit != "1" else dim.ONE
    symbols = pair_symbols(source, target)
    return checked_expression(location, symbols, (name, wanted), refuse=_refuse_calls).value


def _refuse_calls(tree: ast.expr, location: SourceLocation) -> None:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in FUNCTIONS
            and node.func.id not in RANDOM
        ):
            raise location.error(
                f"{node.func.id}() is called",
                "values of synapses call " + ", ".join(FUNCTIONS) + ", rand() and randn()",
                "leave it out",
                node,
                name=node.func.id,
            )


def values_now(
    given: tuple[NetworkDescription, list[ProjectionDescription], list[Edges]],
    ends: tuple[Subgroup, Subgroup],
    value: Expression,
    purpose: str,
) -> np.ndarray:
    """Values (float64 (n,)) of an expression for all synapses now; `purpose` keys what it draws."""
    description, projections, drawn = given

    def member(side: str, variable: str) -> np.ndarray:
        end = ends[side == "post"]
        return np.broadcast_to(np.asarray(getattr(end, variable), dtype=np.float64), (len(end),))

    found = [np.empty(0)]
    for projection, edges in zip(projections, drawn, strict=True):
        connection = ConnectEdges.of(description, projection)
        key = connection.key(purpose)
        found.append(PairExpression(connection, value, key, member=member).of(edges))
    return np.concatenate(found)


def checked_weights(
    where: str, value: Any, shape: tuple[int, ...], receptor: Receptor, rule: SpikeTiming | None
) -> float | np.ndarray:
    """Weights that are set, one number or an array of a shape.

    Raises ParameterError if they are neither, or lie outside the bounds of the rule.
    """
    checked = checked_value(where, "w", value, receptor.weight_unit)
    if not isinstance(checked, float | np.ndarray):
        raise ParameterError(
            where, f"w={value!r}", "w is a number, an array or an expression", "give one of these"
        )
    checked = one_for_all(checked, shape)
    if isinstance(checked, np.ndarray) and checked.shape != shape:
        raise ParameterError(
            where,
            f"w was given {checked.size} values",
            f"there are {shape[0] if shape else 1} synapses",
            "give one for each, in the order of creation",
            shape=checked.shape,
        )
    checked_weight(where, checked, receptor)
    if rule is not None:
        low = value_bounds(rule.parameters["w_min"])[0]
        high = value_bounds(rule.parameters["w_max"])[1]
        given = np.atleast_1d(checked)
        bad = given[~((given >= low) & (given <= high))]
        if bad.size:
            raise ParameterError(
                where,
                f"w={bad[0]:g} {receptor.weight_unit}",
                f"weights lie between w_min={low:g} and w_max={high:g} of its "
                f"{type(rule).__name__}",
                "correct the weight",
                value=float(bad[0]),
            )
    return checked


def checked_delays(where: str, name: str, value: Any, shape: tuple[int, ...]) -> float | np.ndarray:
    """Delays (ms) that are set, one number or an array of a shape.

    Raises ParameterError if they are neither, or not allowed.
    """
    checked = checked_value(where, name, value, "ms")
    if not isinstance(checked, float | np.ndarray):
        raise ParameterError(
            where,
            f"{name}={value!r}",
            f"{name} is set to a number, an array or an expression",
            "give one of these",
        )
    checked = one_for_all(checked, shape)
    if isinstance(checked, np.ndarray) and checked.shape != shape:
        raise ParameterError(
            where,
            f"{name} was given {checked.size} values",
            f"there are {shape[0] if shape else 1} synapses",
            "give one for each, in the order of creation",
            shape=checked.shape,
        )
    delay_bounds(where, checked, math.inf, name)
    return checked


def check_shapes(
    where: str, given: Mapping[str, Value], rule: str, shape: tuple[int, ...] | None
) -> None:
    """Raise ParameterError if arrays have not the shape that a rule of connections asks for."""
    for name, value in given.items():
        if isinstance(value, np.ndarray) and shape is None:
            raise ParameterError(
                where,
                f"{name} is an array, but {rule} draws how many synapses there are",
                f"{name} is a number or a distribution with this rule",
                "give one of these",
            )
        if isinstance(value, np.ndarray) and value.shape != shape:
            raise ParameterError(
                where,
                f"{name} has shape {value.shape}",
                f"with {rule} the shape is {shape}",
                "correct it, or give a number",
            )


def in_creation_order(
    rule: SpikeTiming, shape: tuple[int, ...] | None, n_synapses: int
) -> SpikeTiming:
    """A rule whose arrays with one value for each synapse stand for these in their order."""
    given = [
        PerSynapse(value)
        if isinstance(value, np.ndarray) and value.shape == (n_synapses,) != shape
        else value
        for value in rule_settings(rule)
    ]
    return rule_with(rule, tuple(given)) or rule


def like_earlier(rule: SpikeTiming, other: SpikeTiming, n_synapses: int) -> SpikeTiming:
    """A rule in which each synapse has its own time constants, if it had them before."""
    made: Any = other
    if not rule.separate or other.separate or not is_dataclass(made):
        return other
    given = [
        PerSynapse(np.full(n_synapses, value)) if f.name in _SEPARATE else value
        for f, value in zip(fields(made), rule_settings(other), strict=True)
    ]
    return type(other)(*given)


def rule_settings(rule: SpikeTiming | None) -> tuple[Any, ...]:
    """The arguments that made a rule, for checkpoints; of users' own rules there are none."""
    return tuple(getattr(rule, f.name) for f in fields(rule)) if is_dataclass(rule) else ()


def rule_with(rule: SpikeTiming | None, given: tuple[Any, ...]) -> SpikeTiming | None:
    """The rule with the arguments that `rule_settings` gave; the same object if it has them."""
    if rule is None or all(map(is_, rule_settings(rule), given)):
        return rule
    return type(rule)(*given)


def checked_delay(where: str, name: str, delay: Any, n_source: int) -> Value:
    """A delay, checked; arrays and distributions of each source or synapse too."""
    found = (
        delay
        if isinstance(delay, PerSource | Stored | Computed)
        else checked_value(where, name, delay, "ms")
    )
    if isinstance(found, PerSource) and found.values.size != n_source:
        raise ParameterError(
            where,
            f"{name} has {found.values.size} values per source",
            f"there are {n_source} sources",
            "give one value for each",
        )
    delay_bounds(where, found, math.inf, name)
    return found


def checked_plasticity(where: str, stp: object) -> ShortTerm | None:
    """Short-term plasticity, checked."""
    if stp is None or isinstance(stp, ShortTerm):
        return stp
    raise ParameterError(
        where, f"stp={stp!r}", "short-term plasticity is STD(...) or STP(...)", "give one"
    )


def rounded(where: str, bits: object, weight: Value, rule: SpikeTiming | None) -> Value:
    """The weights as they are stored in some bits."""
    if isinstance(bits, bool) or bits not in (_FEW_BITS, 32):
        raise ParameterError(
            where, f"weight_bits={bits!r}", "drawn weights have 32 bits or 16", "choose one"
        )
    if bits != _FEW_BITS:
        return weight
    if rule is not None or not isinstance(weight, Distribution):
        raise ParameterError(
            where,
            "weight_bits=16 with "
            + (f"weight={weight!r}" if rule is None else f"stdp={type(rule).__name__}"),
            "only weights that are drawn from a distribution and do not change are rounded; others "
            "keep their precision",
            "leave weight_bits= out",
        )
    if not Rounded(weight).fits:
        raise ParameterError(
            where,
            f"weight_bits=16 with {weight!r}",
            "a distribution has a spread, and reaches over about 32 times as much at most",
            "bound it with low= and high=, or leave weight_bits= out",
        )
    return Rounded(weight)


def checked_storage(where: str, storage: object) -> str:
    """How synapses are stored, checked."""
    check_choice(where, "storage", storage, (AUTO, DENSE, SPARSE))
    return str(storage)
