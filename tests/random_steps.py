"""What random models have besides, of what a step computes once: drawn from numbers of its own.

A script without it is the same, so that scripts that were drawn before can be drawn again.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.random_expressions import Expressions
from tests.random_groups import Draft, Group, scaled

_WHENS = ("start", "before_groups", "end")


def held_of_neurons(script: Draft, group: Group) -> list[str]:
    """Lines with a subexpression that is constant over dt, and a variable that follows it."""
    rng = script.more
    if rng is None:
        return []
    draw = Expressions(rng)
    if not draw.chance(0.6):
        return []
    n = group.name[1:]
    atoms = [scaled(x, u) for x, u in group.numbers.items()] + ["c1", "wave(t)", "t/(5.3*ms)"]
    if group.refractory:
        atoms += ["int(not_refractory)", "clip((t - lastspike)/(9.1*ms), 0, 1.03)"]
    held, follows = f"o{n}", f"m{n}"
    lines = [
        f"d{follows}/dt = ({held} - {follows})/(6.17*ms) : 1",
        f"{held} = {draw.bounded(atoms, ['i', 'N'])} : 1 (constant over dt)",
    ]
    if draw.chance(0.4):
        lines.append(f"oo{n} = {draw.bounded([held, follows])} : 1 (constant over dt)")
        held += f" oo{n}"
    _record(script, rng, group.name, [*held.split(), follows])
    if draw.chance(0.5):
        script.later.append(f"{group.name}.{follows} = '0.5*{held.split()[0]} + 0.1*i'")
    return lines


def held_of_synapses(script: Draft, synapses: Any, method: str) -> list[str]:
    """The same of synapses; what follows is clock-driven if they have a `method` for that."""
    rng = script.more
    if rng is None:
        return []
    draw = Expressions(rng)
    if not draw.chance(0.6):
        return []
    n = synapses.name[1:]
    atoms = [*synapses.of_neurons(set()), synapses.w, synapses.u, "t/(5.3*ms)", "table(t, j)"]
    known = []
    for group, ending in ((synapses.source, "_pre"), (synapses.target, "_post")):
        if group.refractory:
            since = f"clip((t - lastspike{ending})/(9.1*ms), 0, 1.03)"
            known += [since, f"int(not_refractory{ending})"]
    lines = [f"p_{n} = {draw.bounded([*atoms, *known], ['i', 'j'])} : 1 (constant over dt)"]
    names = [f"p_{n}"]
    if method in {"euler", "rk2", "rk4"}:
        drive = draw.bounded([*names, *known, synapses.w], ["i", "j"])
        lines.append(f"dz_{n}/dt = ({drive} - z_{n})/(4.9*ms) : 1 (clock-driven)")
        names.append(f"z_{n}")
    _record(script, rng, synapses.name, names)
    if draw.chance(0.5):
        script.later.append(f"{synapses.name}.{synapses.w} = '0.9*{synapses.w} + 0.01*p_{n}'")
    if draw.chance(0.3) and synapses.source.parameters:
        # The last synapse of a neuron counts.
        parameter = "I" + synapses.source.name[1:]
        script.later.append(f"{synapses.name}.{parameter}_pre = '0.7 + 0.1*i + 0.03*j'")
    return lines


def _record(script: Draft, rng: Random, name: str, variables: list[str]) -> None:
    """Record variables in a place of the step, and read them after the runs."""
    script.after += [
        f"K{name} = snn.StateMonitor({name}, {variables}, record=True, when={rng.choice(_WHENS)!r})"
    ]
    script.objects.append(f"K{name}")
    for x in variables:
        script.results.append(f"found['{name} held {x}'] = np.asarray(K{name}.{x})")
        script.results.append(f"found['{name}.{x}'] = np.asarray({name}.{x}[:])")
