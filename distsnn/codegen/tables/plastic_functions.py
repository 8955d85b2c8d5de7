"""Source of what plastic tables do: deliver, take in spikes of targets, read weights.

A weight is brought up to date when a spike of its source is delivered: it takes in the spikes
of its target since the source's spike before, oldest first, and then that of the source. What
the traces were follows from the history of the target (`distsnn.kernels.deliver.history`) and from
what the spike in flight carries (`distsnn.kernels.deliver.source_traces`).

With an axonal delay a and a dendritic one d, a spike of the source of step m reaches the synapse
at m + a, is delivered at m + a + d, and meets the spikes of the target of steps n with n + d
before m + a: those with n - m below ``shift = a - d``.
"""

from __future__ import annotations

import ast

from distsnn.codegen.decorators import INLINE, INNER, LARGE
from distsnn.codegen.emit import emit
from distsnn.codegen.tables.plastic_part import (
    CHUNK,
    NUMBER,
    POWERS,
    VECTOR,
    PlasticPart,
    changing,
    of_delivery,
    of_event,
    of_reading,
    of_taking,
    of_walk,
)
from distsnn.codegen.tables.plastic_taking import (
    BEGIN,
    keep_lines,
    since_code,
    slow_code,
    take_source,
    unsettled_code,
)
from distsnn.codegen.tables.plastic_walk import each_synapse
from distsnn.describe.checks.trees import syntax_tree

_TERMS = ", ".join(f"c{n}" for n in range(1, 8))
_WHOLE = f"(acting.size + {VECTOR - 1}) & -{VECTOR}"


def deliver_functions(part: PlasticPart) -> tuple[str, ...]:
    """Sources of ``deliver_plastic`` and of what it calls."""
    if part.separate:
        deliver = [INLINE + event_source(part), LARGE + _deliver_each_source(part)]
    else:
        deliver = [LARGE + _deliver_source(part)]
    return (*of_targets(part), INLINE + take_source(part), *deliver)


def flush_functions(part: PlasticPart) -> tuple[str, ...]:
    """Sources of ``flush_weights(step, bound, ...)`` and of what it calls.

    Weights take in all spikes of targets before a bound.
    """
    return *of_targets(part), INNER + _flush_source(part)


def weight_functions(part: PlasticPart) -> tuple[str, ...]:
    """Sources of ``weight_now`` and of what it calls."""
    return *of_targets(part), INLINE + event_source(part), INNER + _weight_source(part)


def reader_functions(part: PlasticPart) -> tuple[str, ...]:
    """Sources of ``read_weights(step, out, ...)``, which writes all weights to `out`."""
    head = f"def read_weights(step, out, {', '.join(walk_arguments(part))}):\n"
    return *weight_functions(part), INNER + head + walk_source(part, "out[k]", [])


def walk_arguments(part: PlasticPart) -> list[str]:
    """Arguments for reading all weights."""
    return list(dict.fromkeys([*of_walk(part), *of_reading(part)]))


def walk_source(part: PlasticPart, name: str, lines: list[str]) -> str:
    """Body of a function of `walk_arguments` and `step`: gives each weight a name, then `lines`."""
    call = (
        f"weight_now(step, step, k, s, delay, dendritic_delay, lid, {', '.join(of_reading(part))})"
    )
    return each_synapse(part, [], [f"{name} = {call}", *lines])


def of_targets(part: PlasticPart) -> tuple[str, ...]:
    """Sources of what takes in spikes of targets."""
    return INLINE + _spikes_source(part), *([INLINE + _trace_source(part)] if part.separate else [])


def _decay(part: PlasticPart, side: str, steps: str) -> str:
    """Code of the decay over some steps of the trace of the source (``rise``) or target."""
    if part.separate:
        return f"exp(-({steps}) * {side}_of[k])"
    return f"decayed({side}, {steps}, {side}_rate)"


def _trace_source(part: PlasticPart) -> str:
    """Trace of the target after its entries before `end`, and the step of the last one."""
    given = ", ".join(changing(part))
    trace = "1.0" if part.nearest[1] else f"trace * {_decay(part, 'fall', 'step - last')} + 1.0"
    lines = [
        f"def follow_target(k, block, end, trace, last, {given}):",
        f"    first = last_before(entries, block, mask, {part.stride}, end, last + 1) + 1",
        "    for number in range(first, end):",
        f"        step = np.int64(entries[block + (number & mask) * {part.stride}])",
        f"        trace = {trace}",
        "        last = step",
        "    return trace, last\n",
    ]
    return "\n".join(lines)


def _spikes_source(part: PlasticPart) -> str:
    """Weight and trace after the spikes of the target from step `since`, entries before `end`."""
    given = ", ".join(changing(part))
    lines = [
        f"def take_in_spikes(w, k, block, end, since, origin, trace, {given}):",
        f"    first = last_before(entries, block, mask, {part.stride}, end, since) + 1",
        "    for number in range(first, end):",
        f"        entry = block + (number & mask) * {part.stride}",
        f"        r = trace * {_decay(part, 'rise', 'np.int64(entries[entry]) - origin')}",
    ]
    if part.slow:
        lines.append("        s = entries[entry + 2]")
    lines.append(f"        w = {_bounded(part, part.formula.at_target)}")
    if part.centered:
        lines.append("        trace = 0.0")
    return "\n".join([*lines, "    return w, trace\n"])


def event_source(part: PlasticPart) -> str:
    """Weight before and after a spike of the source, and the trace after it."""
    stride, given = part.stride, ", ".join(of_event(part))
    separate = part.separate
    followed = ", ".join([*("target_trace", "target_step") * separate, "z", given])
    lines = [
        f"def take_in_source_spike(w, k, block, count, upto, origin, since, trace, {followed}):",
        f"    seen = last_before(entries, block, mask, {stride}, count, upto)",
        "    if origin != TO_COME:",
        "        end = seen + 1",
    ]
    if part.ignores:
        lines += [
            f"        if end < count and entries[block + (end & mask) * {stride}] == upto:",
            "            end += 1",
        ]
    lines += [
        "        w, trace = take_in_spikes(w, k, block, end, since, origin, trace, "
        f"{', '.join(changing(part))})",
        *(
            [
                "    target_trace, target_step = follow_target(k, block, seen + 1, target_trace, "
                f"target_step, {', '.join(changing(part))})",
                f"    y = target_trace * {_decay(part, 'fall', 'upto - target_step')}",
            ]
            if separate
            else [
                f"    entry = block + (seen & mask) * {stride}",
                "    y = entries[entry + 1] * "
                + _decay(part, "fall", "upto - np.int64(entries[entry])"),
            ]
        ),
        "    old = w",
        f"    w = {_bounded(part, part.formula.at_source)}",
    ]
    if part.traces:
        lines.append("    trace = 1.0")
    if part.traces and not part.nearest[0]:
        lines[-1:] = [
            "    if origin != TO_COME:",
            f"        trace = trace * {_decay(part, 'rise', 'upto - origin')} + 1.0",
            "    else:",
            "        trace = 1.0",
        ]
    found = ", ".join(["old", "w", "trace", *("target_trace", "target_step") * separate])
    return "\n".join([*lines, f"    return {found}\n"])


def _take_lines(part: PlasticPart) -> list[str]:
    """The beginning of delivery: take chunks of synapses until there are none."""
    due = "" if part.in_rows else "due, work_segment, work_begin, work_at, "
    where = "" if part.in_rows else "first_lid, "
    return [
        f"def deliver_plastic(step, {'' if part.in_rows else 'tile, '}{due}release, "
        f"slots, {', '.join([*CHUNK, *of_delivery(part)])}):",
        "    events = 0",
        *([] if part.in_rows else BEGIN),
        *_see_all_lines(part),
        "    while True:",
        *([] if part.in_rows else ["        q, begin = chunk_at[0], chunk_at[1]"]),
        f"        n = take_synapses(step, {where}{due}"
        f"release, {', '.join([*CHUNK, *of_taking(part)])})",
        "        if n == 0:",
        "            return events",
        "        events += n",
    ]


def _deliver_each_source(part: PlasticPart) -> str:
    """Delivery of synapses with traces of their own, one after the other."""
    lines = [
        *_take_lines(part),
        "        for i in range(n):",
        "            k = np.int64(chunk_synapse[i])",
        "            old, new, trace[k], target_trace[k], target_step[k] = take_in_source_spike(",
        f"                weight[k], k, np.int64(chunk_lid[i]) * width(mask, {part.stride}), "
        "counts[chunk_lid[i]],",
        "                chunk_upto[i], chunk_origin[i], chunk_since[i], trace[k], ",
        f"                target_trace[k], target_step[k], 0.0, {', '.join(of_event(part))})",
        "            weight[k] = new",
        f"            chunk_sent[i] = {'new' if part.after else 'old'}",
        "        add_to_slots(chunk_lid[:n], chunk_sent, chunk_factor, slots[first_slot:])\n",
    ]
    return "\n".join(lines)


def _deliver_source(part: PlasticPart) -> str:
    """Delivery, a chunk of synapses at a time (see `distsnn.kernels.deliver.plastic_chunk`)."""
    lines = [
        *_take_lines(part),
        "        lid, upto, since = chunk_lid[:n], chunk_upto[:n], chunk_since[:n]",
        "        weights, last_trace = chunk_weight[:n], chunk_last_trace[:n]",
        "        origin = chunk_origin[:n]",
        *(f"        {line}" for line in _list_lines(part)),
        *(f"        {line}" for line in _change_lines(part)),
        f"        sent = {'weights' if part.after else 'chunk_sent[:n]'}",
        "        add_to_slots(lid, sent, chunk_factor, slots[first_slot:])\n",
    ]
    return "\n".join(lines)


def _list_lines(part: PlasticPart) -> list[str]:
    """List the spikes of targets in rounds; where no more fit, the older ones act at once."""
    centered = [
        "for i in range(n):",
        "    last_trace[i] = trace[chunk_synapse[i]]",
    ]
    # With one dendritic delay all synapses see the same of a target in a step.
    alike = part.dendritic == NUMBER
    has_all = bool(_see_all_lines(part))
    return [
        *(centered if part.centered else []),
        f"place, seen_older = {'lid, older' if alike else 'chunk_place, chunk_older'}",
        "at, last, seen = chunk_place[:n], chunk_last, chunk_seen_trace",
        *(["if all_seen:", "    at, last, seen = lid, seen_last, seen_trace", "else:"] * has_all),
        f"{'    ' * has_all}see_each_target(lid, upto, {_looking(part)}, chunk_last, "
        f"chunk_seen_trace, chunk_older{'[:0]' if alike else ''})",
        "count = list_last_spikes(at, since, last, seen, chunk_target_trace, listed, listed_step)",
        "rounds, first = 0, 0",
        "while count > 0:",
        "    end = first + count",
        "    round_end[rounds] = end",
        "    count = trace_round(rounds, first, end, lid, place, origin, since, "
        f"last_trace, {int(part.centered)}, seen_older, entries, mask, {part.stride}, rise, "
        "rise_rate, listed, listed_step, listed_trace, listed_slow)",
        "    rounds, first = rounds + 1, end",
        "    if rounds == round_end.size or end + 2 * count >= listed.size:",
        "        for p in range(end, end + count):",
        "            i = listed[p]",
        "            number = seen_older[NOTED * place[i] + NUMBER] - rounds",
        "            weights[i], _ = take_in_spikes(weights[i], chunk_synapse[i], "
        f"np.int64(lid[i]) * width(mask, {part.stride}), number + 1, since[i], origin[i], "
        f"last_trace[i], {', '.join(changing(part))})",
        "        count = 0",
    ]


def _see_all_lines(part: PlasticPart) -> list[str]:
    """Note what is seen of all neurons, where that is less than looking up for each synapse."""
    if part.in_rows or part.separate or part.dendritic != NUMBER:
        return []
    return [
        "    total = count_synapses(due, work_segment, work_begin, segment_synapse)",
        "    all_seen = counts.size < 2 * total",
        "    if all_seen:",
        f"        see_all_targets(step - 2 * dendritic, {_looking(part)}, seen_last, seen_trace)",
    ]


def _looking(part: PlasticPart) -> str:
    """Arguments for looking back in histories."""
    return (
        f"{int(part.ignores)}, entries, counts, mask, {part.stride}, fall, fall_rate, noted, older"
    )


def _change_lines(part: PlasticPart) -> list[str]:
    """Let the listed spikes of targets act, then those of the sources."""
    formula = part.formula
    lines = [
        "while rounds > 0:",
        "    rounds -= 1",
        "    first = round_end[rounds - 1] if rounds > 0 else 0",
        "    acting = listed[first : round_end[rounds]]",
        "    traces = listed_trace[first:]",
        *(["    slows = listed_slow[first:]"] if part.slow else []),
        *(f"    {line}" for line in (_near_lines if part.tabulated else _each_lines)(part)),
        "    for p in range(acting.size):",
        "        weights[acting[p]] = listed_weight[p]",
        *(["        last_trace[acting[p]] = 0.0"] if part.centered else []),
        "for i in range(n):",
        *(["    k = chunk_synapse[i]"] if part.per_synapse else []),
        "    w, y = weights[i], chunk_target_trace[i]",
        *(["    z = chunk_z[i]"] if part.slow else []),
        *([] if part.after else ["    chunk_sent[i] = w"]),
        f"    weights[i] = {_bounded(part, formula.at_source)}",
        *keep_lines(part),
    ]
    if part.centered:
        lines += [
            "for i in range(n):",
            "    passed = upto[i] - origin[i]",
            "    decay = decayed(rise, passed, rise_rate) if origin[i] != TO_COME else 0.0",
            "    trace[chunk_synapse[i]] = last_trace[i] * decay + 1.0",
        ]
    return lines


def _each_lines(part: PlasticPart) -> list[str]:
    """Loop over the listed spikes; in whole vectors, since what is behind the last does no harm."""
    size = "acting.size" if part.per_synapse else _WHOLE
    return [
        "for p in range(acting.size):",
        "    listed_weight[p] = weights[acting[p]]",
        f"for p in range({size}):",
        *(["    k = chunk_synapse[acting[p]]"] if part.per_synapse else []),
        "    w, r = listed_weight[p], traces[p]",
        *(["    s = slows[p]"] if part.slow else []),
        f"    listed_weight[p] = {_bounded(part, part.formula.at_target)}",
    ]


def _near_lines(part: PlasticPart) -> list[str]:
    """Loop over the listed spikes where powers are looked up, and again where one is not there."""
    return [
        "outside = 0",
        "for p in range(acting.size):",
        "    w = weights[acting[one_by_one(p)]]",
        "    outside |= outside_powers(w)",
        "    entry = power_entry(w)",
        "    listed_weight[p] = w",
        "    listed_inverse[p], listed_power[p] = powers[entry], powers[entry + np.uint64(1)]",
        *(f"c{n} = powers[FIRST_TERM + {n - 1}]" for n in range(1, 8)),
        f"for p in range({_WHOLE}):",
        "    w, r = listed_weight[p], traces[p]",
        f"    listed_weight[p] = {_bounded(part, part.formula.at_target, near=True)}",
        "if outside != 0:",
        "    for p in range(acting.size):",
        "        w, r = weights[acting[p]], traces[p]",
        f"        listed_weight[p] = {_bounded(part, part.formula.at_target)}",
    ]


def _flush_source(part: PlasticPart) -> str:
    given = ", ".join(changing(part))
    stride = part.stride
    unseen = ["if before < 0:", "    continue"]
    body = each_synapse(
        part,
        [
            "before, last, number = last_step[s], last_trace[s], last_number[s]",
            f"while before >= 0 and before + delay >= step{unsettled_code(part, 'before')}:",
            "    at = number & (gids.size - 1)",
            "    before, last = previous_step[at], previous_trace[at]",
            "    number = previous_number[at]",
            *([] if part.separate else unseen),
        ],
        [
            "origin = before + delay - 2 * dendritic_delay",
            f"block = lid * width(mask, {stride})",
            f"end = last_before(entries, block, mask, {stride}, counts[lid], bound) + 1",
            *(
                [
                    "target_trace[k], target_step[k] = follow_target("
                    f"k, block, end, target_trace[k], target_step[k], {given})",
                    *unseen,
                ]
                if part.separate
                else []
            ),
            f"w, after = take_in_spikes(weight[k], k, block, end, "
            f"{since_code(part, 'dendritic_delay')}, origin, "
            f"{'trace[k]' if part.traces else 'last'}, {given})",
            "weight[k] = w",
            *(["trace[k] = after"] if part.centered else []),
        ],
    )
    return f"def flush_weights(step, bound, {', '.join(of_walk(part))}):\n" + body


def _weight_source(part: PlasticPart) -> str:
    """The weight of one synapse at the beginning of a step; nothing changes.

    `due` is the first step whose deliveries are still to come.
    """
    lines = [
        f"def weight_now(step, due, k, s, delay, dendritic_delay, lid, "
        f"{', '.join(of_reading(part))}):",
        *present_lines(part, "step", []),
        "    return w\n",
    ]
    return "\n".join(lines)


def present_lines(part: PlasticPart, until: str, note: list[str]) -> list[str]:
    """Lines that make `w` the weight of synapse `k` at the beginning of step `until`.

    `note` are lines for each spike that has passed the synapse and is still to be delivered.
    """
    events, given = ", ".join(of_event(part)), ", ".join(changing(part))
    since = since_code(part, "dendritic_delay")
    lines = [
        "    ring = gids.size - 1",
        "    shift = delay - 2 * dendritic_delay",
        f"    block = lid * width(mask, {part.stride})",
        "    w = weight[k]",
        # Spikes on the dendrite have changed the weight already.
        "    flying = 0",
        "    before, number, last = last_step[s], last_number[s], last_trace[s]",
        f"    while before >= 0 and before + delay >= due{unsettled_code(part, 'before')}:",
        "        at = number & ring",
        "        before, number, last = previous_step[at], previous_number[at], previous_trace[at]",
        "        flying += 1",
    ]
    if part.traces:
        lines.append("    last = trace[k]")
    if part.separate:
        lines.append("    other, other_step = target_trace[k], target_step[k]")
    state = ["other, other_step"] * part.separate
    lines += [
        "    while flying > 0:",
        "        flying -= 1",
        "        sent, number, after = last_step[s], last_number[s], last_trace[s]",
        "        for _ in range(flying):",
        "            at = number & ring",
        "            sent, number = previous_step[at], previous_number[at]",
        f"        if sent + delay - dendritic_delay >= {until}:",
        "            break",
        "        at = number & ring",
        f"        z = {slow_code(part)}",
        "        origin = before + shift if before >= 0 else TO_COME",
        f"        {', '.join(['old, w, after', *state])} = take_in_source_spike(w, k, block, "
        f"counts[lid], sent + shift, origin, {since}, {', '.join(['last', *state])}, z, {events})",
        *(f"        {line}" for line in note),
        "        before = sent",
    ]
    if part.traces:
        lines.append("        last = after")
    else:
        lines += [
            # What the trace was after this spike, the next one carries.
            "        last = last_trace[s]",
            "        if flying > 0:",
            "            number = last_number[s]",
            "            for _ in range(flying - 1):",
            "                number = previous_number[number & ring]",
            "            last = previous_trace[number & ring]",
        ]
    return [
        *lines,
        f"    end = last_before(entries, block, mask, {part.stride}, counts[lid], "
        f"{until} - dendritic_delay) + 1",
        "    if before >= 0:",
        "        origin = before + shift",
        f"        w, last = take_in_spikes(w, k, block, end, {since}, origin, last, {given})",
    ]


def _bounded(part: PlasticPart, change: str, near: bool = False) -> str:
    """Code of the new weight of synapse `k` within its bounds.

    `near` says that its powers are in the table.
    """

    def resolve(name: str) -> str:
        return f"{name}[k]" if name in part.per_synapse else name

    def call(node: ast.Call, given: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "scaled_power" and near:
            return f"near_power({given[0]}, listed_inverse[p], listed_power[p], {_TERMS})"
        if name == "scaled_power" and part.tabulated:
            return f"tabulated_power({', '.join(given)}, {POWERS})"
        return f"{name}({', '.join(given)})"

    code = emit(syntax_tree(change), resolve, call)
    return f"min(max({code}, {resolve('w_min')}), {resolve('w_max')})"
