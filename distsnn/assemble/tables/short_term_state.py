"""The state of short-term plasticity: once per source, the same on every rank that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from distsnn.assemble.tables.kept_sources import SourceKeeper
from distsnn.codegen.program_arguments import Argument, OfEfficacy
from distsnn.codegen.tables.plastic_part import PlasticPart
from distsnn.codegen.tables.table_blocks import EfficacyPart, TablePart
from distsnn.describe.synapses.short_term import AFTER, STP, ShortTerm
from distsnn.layout.shared_tables import Efficacy, TablePlan


def plasticities(plans: Sequence[TablePlan]) -> tuple[Efficacy, ...]:
    """The different plasticities of some tables, in the order of the tables."""
    found = dict.fromkeys(plan.efficacy for plan in plans)
    return tuple(plasticity for plasticity in found if plasticity is not None)


def table_parts(
    plans: tuple[TablePlan, ...], changing: Sequence[PlasticPart | None]
) -> tuple[TablePart, ...]:
    """Tables as the program needs to know them; `changing` are the rules of their weights."""
    numbered = plasticities(plans)
    return tuple(
        TablePart(
            plan.weight_type is not None,
            plan.dense,
            None if plan.efficacy is None else numbered.index(plan.efficacy),
            part,
            plan.at_once,
            plan.in_rows,
            plan.in_words,
        )
        for plan, part in zip(plans, changing, strict=True)
    )


def efficacy_parts(plans: tuple[TablePlan, ...]) -> tuple[EfficacyPart, ...]:
    """Short-term plasticities of some tables as the program needs to know them."""
    return tuple(EfficacyPart(isinstance(p, STP)) for p, _ in plasticities(plans))


def readers(plans: Sequence[TablePlan], plasticity: Efficacy) -> list[int]:
    """Numbers of the tables that have a plasticity."""
    return [t for t, plan in enumerate(plans) if plan.efficacy == plasticity]


def build_efficacy(
    keeper: SourceKeeper, plans: Sequence[TablePlan], r: int, dt: float
) -> dict[Argument, Any]:
    """Arguments of the program for one plasticity.

    A rank holds the state of sources whose synapses it has, wherever the neurons are, and brings it
    up to date from the spikes it receives anyway.
    """
    plasticity, since = plasticities(plans)[r]
    sources = keeper.of_tables(readers(plans, (plasticity, since)))
    local: dict[str, Any] = {
        "first_gid": sources.first_gid,
        "number_of": sources.number_of,
        **_state(sources.count, plasticity, since),
        "U": float(plasticity.U),
        "x_after": int(plasticity.x == AFTER),
        "release": np.zeros(0),
    }
    if isinstance(plasticity, STP):
        local |= {
            "u_after": int(plasticity.u == AFTER),
            "decay": dt / plasticity.tau_f,
            "recovery": dt / plasticity.tau_d,
        }
    else:
        local["recovery"] = dt / plasticity.tau
    return OfEfficacy(r).named(local)


def efficacy_bytes(plasticity: ShortTerm) -> int:
    """Bytes of the state of one source."""
    return sum(array.nbytes for array in _state(1, plasticity).values())


def _state(n: int, plasticity: ShortTerm, since: int = 0) -> dict[str, np.ndarray]:
    """State of `n` sources before their first spikes after a step."""
    state = {"x": np.ones(n), "last_step": np.full(n, since)}
    return state | ({"u": np.full(n, plasticity.u_0)} if isinstance(plasticity, STP) else {})
