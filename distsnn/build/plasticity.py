"""The state of short-term plasticity: once per source, the same on every rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from distsnn.describe.network import NetworkDescription
from distsnn.describe.plasticity import AFTER, STP, ShortTerm
from distsnn.equations.plastic_part import PlasticPart
from distsnn.equations.table_program import ReleasePart, TablePart
from distsnn.plan.tables import TablePlan


def plasticities(plans: tuple[TablePlan, ...]) -> tuple[ShortTerm, ...]:
    """The different plasticities of some tables, in the order of the tables."""
    found = dict.fromkeys(plan.plasticity for plan in plans)
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
            None if plan.plasticity is None else numbered.index(plan.plasticity),
            part,
        )
        for plan, part in zip(plans, changing, strict=True)
    )


def release_parts(plans: tuple[TablePlan, ...]) -> tuple[ReleasePart, ...]:
    """Short-term plasticities of some tables as the program needs to know them."""
    return tuple(ReleasePart(isinstance(p, STP)) for p in plasticities(plans))


def build_release(description: NetworkDescription, r: int, plasticity: ShortTerm) -> dict[str, Any]:
    """Arguments ``r<r>_*`` of the program for one plasticity.

    A rank holds the state of all sources, not of its own neurons alone: it needs that of every
    source whose synapses it has, and brings it up to date from the spikes it receives anyway.
    """
    first, n = _sources(description, plasticity)
    own: dict[str, Any] = {
        "first_gid": first,
        **_state(n, plasticity),
        "U": float(plasticity.U),
        "x_after": int(plasticity.x == AFTER),
        "release": np.zeros(0),
    }
    if isinstance(plasticity, STP):
        own |= {
            "u_after": int(plasticity.u == AFTER),
            "decay": description.dt / plasticity.tau_f,
            "recovery": description.dt / plasticity.tau_d,
        }
    else:
        own["recovery"] = description.dt / plasticity.tau
    return {f"r{r}_{name}": value for name, value in own.items()}


def release_bytes(description: NetworkDescription, plasticity: ShortTerm) -> int:
    """Bytes of the state of all sources of one plasticity."""
    _, n = _sources(description, plasticity)
    return n * sum(array.nbytes for array in _state(1, plasticity).values())


def _state(n: int, plasticity: ShortTerm) -> dict[str, np.ndarray]:
    """State of `n` sources before their first spikes."""
    state = {"x": np.ones(n), "last_step": np.zeros(n, dtype=np.int64)}
    return state | ({"u": np.full(n, plasticity.u_0)} if isinstance(plasticity, STP) else {})


def _sources(description: NetworkDescription, plasticity: ShortTerm) -> tuple[int, int]:
    """Gid of the first source of a plasticity, and how many gids there are to the last."""
    sources = [p.source for p in description.projections if p.plasticity == plasticity]
    first = min(description.first_gids[s.group] + s.start for s in sources)
    return first, max(description.first_gids[s.group] + s.stop for s in sources) - first
