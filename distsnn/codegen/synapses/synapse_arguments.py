"""Arguments of the generated functions of synapses, by what these call them.

Arrays begin with ``a_`` there and numbers with ``v_``, so that no name of a user's can meet one of
the functions' own.
"""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.blocks import STEP, Literal
from distsnn.codegen.program_arguments import NETWORK, Argument, OfCode, OfGroup
from distsnn.codegen.synapses.ghost_copies import NOW, START, GhostCopy
from distsnn.codegen.synapses.special_names import specials
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.integrate.neuron_form import TimedReference
from distsnn.integrate.synapse_form import Code, SynapseForm

Given = dict[str, Argument | Literal]

# Kinds of code that runs for every synapse, by what draws its random numbers.
STEPS, REFRESHES = "c", "f"


def operation_kind(n: int) -> str:
    """The kind of the code of operation `n`."""
    return f"o{n}"


def code_of(form: SynapseForm, kind: str) -> Code:
    """The code of a kind that runs for every synapse."""
    found = {STEPS: form.continuous, REFRESHES: form.refreshed}
    found |= {operation_kind(n): one.code for n, one in enumerate(form.operations)}
    code = found[kind]
    assert code is not None
    return code


def event_arguments(part: SynapsePart, p: int) -> Given:
    """Arguments of the function of the events of pathway `p`."""
    own = OfCode(part.owner.index, f"p{p}")
    code = part.form.pathways[p].code
    given: Given = {
        "_step": STEP,
        "_due": Literal("due"),
        "_work_segment": NETWORK["work_segment"],
        "_work_begin": NETWORK["work_begin"],
        "a__segment_synapse": own["segment_synapse"],
    }
    if p != part.sorting:
        given["a__synapse"] = own["synapse"]
    return given | _Reader(part, own, at_start=False).arguments(code, events=True)


def step_arguments(part: SynapsePart, kind: str) -> Given:
    """Arguments of the function that computes something for every synapse."""
    reader = _Reader(part, OfCode(part.owner.index, kind), at_start=kind == REFRESHES)
    # Equations compute what is clamped themselves; statements do not set it.
    operates = kind not in {STEPS, REFRESHES}
    return {"_step": STEP, **reader.arguments(code_of(part.form, kind), events=operates)}


def sum_arguments(part: SynapsePart, n: int) -> Given:
    """Arguments of the function of sum `n`."""
    reader, summed = (
        _Reader(part, OfCode(part.owner.index, f"m{n}"), at_start=True),
        part.form.summed[n],
    )
    end = end_of(summed.variable)
    return {
        "_step": STEP,
        "_total": reader.of_neuron(summed.variable),
        f"a__{end}_lids": part.owner[f"{end}_lids"],
        f"a__{end}": part.owner[end],
        **reader.arguments(summed.code),
    }


def timed_names(array: TimedReference) -> list[str]:
    """Names of the parts of a TimedArray in functions."""
    return [
        f"{'a' if part == 'values' else 'v'}__array{array.index}_{part}" for part in array.parts
    ]


def end_of(variable: str) -> str:
    """The end of a synapse whose neurons have a variable ``x_pre`` or ``x_post``."""
    return "source" if variable.endswith("_pre") else "target"


@dataclass(frozen=True)
class _Reader:
    """Finds what one piece of code reads and writes; `own` has its random numbers."""

    part: SynapsePart
    own: OfCode
    at_start: bool

    def of_neuron(self, name: str) -> Argument:
        """A variable ``x_post`` of the targets or ``x_pre`` of the sources."""
        if name.endswith("_post"):
            return dict(self.part.post_arrays)[name.removesuffix("_post")]
        x = name.removesuffix("_pre")
        return self._of_source(dict(self.part.pre_arrays)[x], self.part.is_here(x))

    def _of_source(self, own: Argument, is_here: bool) -> Argument:
        if is_here or not isinstance(own.owner, OfGroup):
            return own
        return GhostCopy(own, START if self.at_start else NOW).argument

    def arguments(self, code: Code, events: bool = False) -> Given:
        """All arguments; `events` says whether targets or sources may be refractory."""
        form, own, special = self.part.form, self.part.owner, self._special()
        used = self.part.used(code)
        given: Given = {"a__target": own["target"]}
        given |= {f"a_{v}": own.variable(v) for v in form.variables if v in used}
        post = [f"{x}_post" for x in sorted(form.post_states) if f"{x}_post" in used]
        pre = [f"{x}_pre" for x in sorted(form.pre_states) if f"{x}_pre" in used]
        given |= {f"a_{name}": self.of_neuron(name) for name in (*post, *pre)}
        if pre:
            given["a__source"] = own["source"]
        constants = (*form.constants, *(c.name for c in form.coefficients))
        given |= {f"v_{c}": own.constant(c) for c in constants if c in code.reads}
        for name, (needs, _) in specials(form, code, self.part.clocks).items():
            if name in used:
                given |= {needed: special[needed] for needed in needs}
        clamped = form.clamped & code.writes if events else ()
        for ending, free in (("_post", "a__free"), ("_pre", "a__free_pre")):
            if any(name.endswith(ending) for name in clamped):
                given[free] = special[free]
        for array in code.arrays:
            given |= {
                local: own.timed(array.index, part)
                for local, part in zip(timed_names(array), array.parts, strict=True)
            }
        for n in range(code.draws):
            given |= {f"v__key{n}_{half}": self.own.key(n, half) for half in (0, 1)}
        if code.draws:
            given |= {f"a__{name}": own[name] for name in ("major", "minor", "connect")}
        return given

    def _special(self) -> dict[str, Argument]:
        """Arguments that users do not name."""
        part, own = self.part, self.part.owner
        source, target = OfGroup(part.source_group), OfGroup(part.target_group)
        constants = ("dt", "_source_start", "_target_start", "N_pre", "N_post", "N")
        arrays = ("source", "index_of_lid", "n_incoming", "n_outgoing")
        return {
            **{f"v_{name}": own.constant(name) for name in constants},
            **{f"a__{name}": own[name] for name in arrays},
            "a__last_spike": target["last_spike"],
            "a__earlier_spike": target["earlier_spike"],
            "a__free": part.free,
            "a__last_spike_pre": self._of_source(source["last_spike"], part.colocated),
            "a__earlier_spike_pre": self._of_source(source["earlier_spike"], part.colocated),
            "a__free_pre": self._of_source(part.free_pre, part.colocated),
        }
