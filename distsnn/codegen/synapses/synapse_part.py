"""Equation-based synapses, as the program of a network needs to know them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from distsnn.codegen.synapses.synapse_functions import clamped_writes
from distsnn.integrate.synapse_form import PRE, Code, Pathway, SynapseForm


@dataclass(frozen=True)
class SynapsePart:
    """Equation-based synapses, as the program needs to know them.

    Attributes
    ----------
    name : str
        Name of the object: parts act in its order, as in Brian 2.
    form : SynapseForm
    source_group, target_group : int
    colocated : bool
        Whether both groups live on one rank as a whole, so that statements reach the sources.
    free, free_pre : str
        Arguments that say which neurons of the target and the source group are not refractory.
    pre_arrays, post_arrays : tuple of (name, argument)
        Where the program finds each name x of ``x_pre`` and ``x_post``; unless the groups are
        `colocated`, of source variables that change it is ``x<group>_<name>``, without what
        `GhostCopy.name` adds.
    """

    name: str
    form: SynapseForm
    source_group: int
    target_group: int
    colocated: bool
    free: str
    free_pre: str
    pre_arrays: tuple[tuple[str, str], ...]
    post_arrays: tuple[tuple[str, str], ...]

    @property
    def sorting(self) -> int:
        """Number of the pathway in whose order the synapses lie: the first after the source."""
        found = [p for p, pathway in enumerate(self.form.pathways) if pathway.after == PRE]
        return found[0] if found else -1

    @property
    def needs_free(self) -> list[tuple[int, str]]:
        """The groups of which it matters who is not refractory, each with its argument."""
        clamped = {
            name
            for pathway in self.form.pathways
            for name in (*clamped_writes(self.form, pathway.code), *pathway.code.reads)
            if name in self.form.clamped
        }
        return self._asked(clamped | read_by(self.form.after_threshold, "not_refractory"))

    @property
    def needs_free_at_start(self) -> list[tuple[int, str]]:
        """Those of which it matters before the update of a step."""
        return self._asked(read_by(self.form.at_start, "not_refractory"))

    @property
    def needs_earlier(self) -> list[tuple[int, str]]:
        """The groups of which the last spike before the threshold is read, and the argument."""
        names = read_by([self.form.continuous] if self.form.continuous else [], "lastspike")
        groups = {"lastspike_post": self.target_group, "lastspike_pre": self.source_group}
        return [(g, f"g{g}__earlier_spike") for name, g in groups.items() if name in names]

    def _asked(self, names: set[str]) -> list[tuple[int, str]]:
        return [
            (group, argument)
            for ending, group, argument in (
                ("_post", self.target_group, self.free),
                ("_pre", self.source_group, self.free_pre),
            )
            if any(name.endswith(ending) for name in names)
        ]


def reads_of(codes: list[Code]) -> frozenset[str]:
    """All names that are read."""
    return frozenset().union(*(code.reads for code in codes))


def read_by(codes: list[Code], special: str) -> set[str]:
    """The names ``<special>_pre`` and ``<special>_post`` that are read."""
    return {f"{special}_pre", f"{special}_post"} & reads_of(codes)


def acting(part: SynapsePart) -> Iterator[tuple[int, Pathway]]:
    """The pathways that do something, with their numbers."""
    for p, pathway in enumerate(part.form.pathways):
        if pathway.code.assignments:
            yield p, pathway
