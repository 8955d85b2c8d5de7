"""Additions by spikes that were under way when delays or rules were set between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.codegen.program_arguments import Argument, OfOutstanding
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.layout.delays import acts_at_once
from distsnn.layout.partition import Partition, index_of
from distsnn.layout.slots import SlotPlan


@dataclass(frozen=True, eq=False)
class Outstanding:
    """Additions to the targets of one rank or of all, in the order in which they act.

    Attributes
    ----------
    step : int64 array (n,)
        When each acts.
    gid : int64 array (n,)
        On which neuron.
    receptor : int64 array (n,)
        Index of the receptor within the group.
    amount : float64 array (n,)
    """

    step: np.ndarray
    gid: np.ndarray
    receptor: np.ndarray
    amount: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[Outstanding]) -> Outstanding:
        """Additions by step, those to one neuron in the order of `parts`."""
        rows = [np.concatenate([getattr(p, name) for p in parts]) for name in cls.names()]
        order = np.lexsort((rows[2], rows[1], rows[0]))
        return cls(*(values[order] for values in rows))

    @classmethod
    def none(cls) -> Outstanding:
        """No additions."""
        whole = np.empty(0, np.int64)
        return cls(whole, whole, whole, np.empty(0))

    @staticmethod
    def names() -> tuple[str, ...]:
        """Names of the arrays, which checkpoints have too."""
        return "step", "gid", "receptor", "amount"

    def taken(self, which: np.ndarray) -> Outstanding:
        """Some of the additions."""
        return Outstanding(*(getattr(self, name)[which] for name in self.names()))


def outstanding_arrays(
    description: NetworkDescription, partition: Partition, slots: SlotPlan, given: Outstanding
) -> dict[Argument, Any]:
    """Arguments of the program for the additions to the rank's own neurons among some."""
    slot = np.full(given.step.size, -1, dtype=np.int64)
    early = np.zeros(given.step.size, dtype=bool)
    first_gids = description.first_gids
    group = np.searchsorted(first_gids, given.gid, side="right") - 1
    for g, receptor in sorted(set(zip(group.tolist(), given.receptor.tolist(), strict=True))):
        of_group = description.groups[g]
        assert isinstance(of_group, NeuronDescription)
        these = np.flatnonzero((group == g) & (given.receptor == receptor))
        local, index = index_of(partition.ranges[g]), given.gid[these] - first_gids[g]
        lid = np.searchsorted(local, index)
        mine = np.append(local, -1)[lid] == index
        first = slots.first[g, of_group.receptor_variables[receptor]]
        slot[these[mine]] = first + lid[mine]
        early[these] = acts_at_once(description, g, receptor)
    arrays: dict[Argument, Any] = {}
    for n, at_once in enumerate((False, True)):
        chosen = (slot >= 0) & (early == at_once)
        arrays |= OfOutstanding(n).named(
            {
                "step": given.step[chosen],
                "slot": slot[chosen],
                "amount": given.amount[chosen],
                "cursor": np.zeros(1, dtype=np.int64),
            }
        )
    return arrays
