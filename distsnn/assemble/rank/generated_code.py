"""Generated code as people read it, with the names of what its blocks are for."""

from __future__ import annotations

from collections.abc import Sequence

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.short_term_state import plasticities, readers
from distsnn.codegen.program_arguments import (
    OfEfficacy,
    OfGroup,
    OfHistory,
    OfInput,
    OfProbe,
    OfSynapses,
    OfTable,
    OfTraces,
)


def generated_code(build: RankBuild, monitors: Sequence[str]) -> str:
    """Source of the program of a rank; `monitors` are the names of those that have a probe."""
    description, plastic = build.description, build.plastic
    projections = build.builder.description.projections
    groups = [group.name for group in description.groups]
    tables = [", ".join(projections[p].name for p in plan.projections) for plan in build.plans]
    efficacies = [readers(build.plans, one) for one in plasticities(build.plans)]
    traces = [plastic.readers(k) for k in range(len(plastic.sources))]
    named = {
        OfGroup: groups,
        OfTable: tables,
        OfSynapses: [built.description.name for built in build.synapses],
        OfProbe: monitors,
        OfInput: [given.name for given in description.poisson_inputs],
        OfHistory: [groups[part.group] for part in plastic.history_parts],
        OfEfficacy: [", ".join(tables[t] for t in reading) for reading in efficacies],
        OfTraces: [", ".join(tables[t] for t in reading) for reading in traces],
    }
    titles = {(of.letter, n): name for of, names in named.items() for n, name in enumerate(names)}
    return build.program.source(titles)
