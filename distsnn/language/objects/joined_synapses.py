"""Synapses as other synapses that join them see them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from distsnn.language.functions import FUNCTIONS
from distsnn.language.objects.group_variables import GroupVariables
from distsnn.language.objects.synapse_equations import SPECIALS, ParsedSynapses, own_settable
from distsnn.language.parse import SUBEXPRESSION
from distsnn.language.symbols import PARAMETER, UNIT
from distsnn.language.syntax import calls_in, names_in


@lru_cache(maxsize=256)
def members_of_synapses(parsed: ParsedSynapses) -> GroupVariables:
    """The variables of synapses for other synapses that join these: their own, ``i`` and ``j``.

    Subexpressions are among them if they depend on variables of the synapses alone.
    """
    stored = {n: s for n, s in parsed.symbols.own.items() if n in parsed.equations}
    stored |= {n: replace(SPECIALS[n], kind=PARAMETER) for n in ("i", "j")}
    expressions = {
        n: parsed.inlined(e.expression)
        for n, e in parsed.equations.items()
        if e.kind == SUBEXPRESSION and e.expression is not None
    }
    known = {n for n in stored if n not in expressions}
    hidden = {
        n
        for n, tree in expressions.items()
        if not set(calls_in(tree)) <= FUNCTIONS.keys()
        or any(x not in known and parsed.symbols[x].kind != UNIT for x in names_in(tree))
    }
    return GroupVariables(
        parsed.owner,
        {n: s for n, s in stored.items() if n not in hidden},
        frozenset(own_settable(parsed.equations)),
        expressions={n: tree for n, tree in expressions.items() if n not in hidden},
    )
