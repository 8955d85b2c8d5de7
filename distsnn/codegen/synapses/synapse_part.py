"""Equation-based synapses, as the program of a network needs to know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from distsnn.codegen.program_arguments import Argument, OfGroup, OfSynapses
from distsnn.codegen.sampled import element_or_nan
from distsnn.codegen.synapses.special_names import SynapseClocks
from distsnn.describe.operations import BEGIN
from distsnn.integrate.synapse_form import PRE, Code, Pathway, SynapseForm


@dataclass(frozen=True)
class SynapsePart:
    """Equation-based synapses, as the program needs to know them.

    Attributes
    ----------
    owner : OfSynapses
        The synapses among those of the program.
    name : str
        Name of the object: parts act in its order, as in Brian 2.
    form : SynapseForm
    source_group, target_group : int
    spiking : tuple of int
        The group whose spikes reach each pathway: source or target, or an event of theirs.
    colocated : bool
        Whether both groups live on one rank as a whole, so that statements reach the sources.
    free, free_pre : Argument
        They say which neurons of the target and the source group are not refractory.
    pre_arrays, post_arrays : tuple of (name, Argument)
        Where the program finds each name x of ``x_pre`` and ``x_post``: a state of the group, which
        is read through a `GhostCopy` unless they are `colocated`, or a parameter; or a variable of
        the synapses that these join.
    in_order : bool
        Whether the synapses lie in the order of creation, in which others that join them count.
    clocks : SynapseClocks or None
        None if they and both groups have the time step of the network.
    places : tuple of (int, int, str)
        What sorts each pathway within a step, see `distsnn.describe.operations`.
    linked : mapping of str to (int or str, bool)
        Which of the values that ``x_pre`` has an array for a linked variable x stands for, or the
        variable that says it, and whether they are on this rank.
    active : bool
        Whether something happens in every step.
    resting : frozenset of str
        Names of pathways and operations that are not active.
    before_threshold : tuple of bool
        Which pathways come before the threshold at which they act. They do so in the next step, and
        have one step more of delay.
    order, order_of_target : int
        What sorts the synapses, and what they sum onto, in a slot, before their names.
    """

    owner: OfSynapses
    name: str
    form: SynapseForm
    source_group: int
    target_group: int
    spiking: tuple[int, ...]
    colocated: bool
    free: Argument
    free_pre: Argument
    pre_arrays: tuple[tuple[str, Argument], ...]
    post_arrays: tuple[tuple[str, Argument], ...]
    in_order: bool = False
    clocks: SynapseClocks | None = None
    places: tuple[tuple[int, int, str], ...] = ()
    linked: Mapping[str, tuple[int | str, bool]] = field(default_factory=dict)
    active: bool = True
    resting: frozenset[str] = frozenset()
    before_threshold: tuple[bool, ...] = ()
    order: int = 0
    order_of_target: int = 0

    @property
    def sorting(self) -> int:
        """Number of the pathway in whose order the synapses lie: the first after the source."""
        if self.in_order:
            return -1
        found = [p for p, pathway in enumerate(self.form.pathways) if pathway.after == PRE]
        return found[0] if found else -1

    @property
    def needs_free(self) -> list[Argument]:
        """Flags of those who are not refractory, of the groups of which it matters."""
        events = [pathway.code for pathway in self.form.pathways] + self._operated(at_start=False)
        clamped = {x for code in events for x in code.reads | code.writes if x in self.form.clamped}
        codes = [*self.form.after_threshold, *events]
        return self._asked(clamped | read_by(codes, "not_refractory"))

    @property
    def needs_free_at_start(self) -> list[Argument]:
        """The same where it matters before the update of a step."""
        operated = self._operated(at_start=True)
        clamped = {x for code in operated for x in code.writes if x in self.form.clamped}
        return self._asked(clamped | read_by([*self.form.at_start, *operated], "not_refractory"))

    def is_here(self, x: str) -> bool:
        """Whether the values of ``x_pre`` are on this rank."""
        return self.linked[x][1] if x in self.linked else self.colocated

    def index_of(self, x: str) -> str:
        """Code of where ``x_pre`` of a synapse stands in its array."""
        if x not in self.linked:
            return "a__source[_k]"
        index = self.linked[x][0]
        return f"v_{index}" if isinstance(index, str) else str(index)

    def source_of(self, x: str) -> str:
        """Code of the value of ``x_pre`` that a synapse reads."""
        array, index = f"a_{x}_pre", self.index_of(x)
        said = x in self.linked and isinstance(self.linked[x][0], str)
        return element_or_nan(array, index) if said else f"{array}[{index}]"

    def indices_in(self, code: Code) -> frozenset[str]:
        """Variables that say which values linked variables in code stand for."""
        used = code.reads | code.writes
        return frozenset(
            index
            for x, (index, _) in self.linked.items()
            if isinstance(index, str) and f"{x}_pre" in used
        )

    def used(self, code: Code) -> frozenset[str]:
        """All names that code reads or writes, those of indices of linked variables included."""
        return code.reads | code.writes | self.indices_in(code)

    def _operated(self, at_start: bool) -> list[Code]:
        """Code that runs at regular times, before the update of a step or after it."""
        return [one.code for one in self.form.operations if (one.point == BEGIN) == at_start]

    @property
    def needs_earlier(self) -> list[Argument]:
        """The last spikes before the threshold, of the groups of which they are read."""
        names = read_by([self.form.continuous] if self.form.continuous else [], "lastspike")
        groups = {"lastspike_post": self.target_group, "lastspike_pre": self.source_group}
        return [OfGroup(g)["earlier_spike"] for name, g in groups.items() if name in names]

    def _asked(self, names: set[str]) -> list[Argument]:
        return [
            free
            for ending, free in (("_post", self.free), ("_pre", self.free_pre))
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
