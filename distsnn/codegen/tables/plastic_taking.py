"""Source of what makes a chunk of the plastic synapses that are due."""

from __future__ import annotations

from distsnn.codegen.tables.plastic_part import (
    BUCKETS,
    BY_SEGMENT,
    BY_SYNAPSE,
    CHUNK,
    NUMBER,
    PlasticPart,
    of_taking,
)

# Segments of few synapses, far apart in memory, are asked for so many before they are taken.
_AHEAD = 12
# Delay and target of synapse `k` of a row.
UNPACK = (
    "word = np.int64(packed[k])",
    "delay = first_delay + (word >> slot_bits)",
    "lid = (word & ((1 << slot_bits) - 1)) - first_slot",
)

# The beginning of delivery from segments.
BEGIN = [
    "    first_lid = tile * TILE - first_slot",
    "    chunk_at[0], chunk_at[1], chunk_at[2] = 0, -1, -1",
]


def take_source(part: PlasticPart) -> str:
    """Make a chunk of as many synapses of the due segments as fit, and go on there next time."""
    if part.in_rows:
        return _take_from_bucket_source(part)
    arrays = ["target", "weight", *(n for n in part.own if n in part.per_synapse)]
    arrays += ["dendritic"] * (part.dendritic == BY_SYNAPSE) + [*part.traces]
    lines = [
        "def take_synapses(step, first_lid, due, work_segment, work_begin, work_at, release, "
        f"{', '.join([*CHUNK, *of_taking(part)])}):",
        "    q, begin, n = chunk_at[0], chunk_at[1], 0",
        "    while q < due and n < chunk_lid.size:",
        "        segment, at = work_segment[q], work_at[q]",
        "        delay = np.int64(segment_delay[segment])",
        "        sent, before = step - delay, previous_step[at]",
        "        factor = release[at]",
        f"        last = {'0.0' if part.traces else 'previous_trace[at]'}",
        *([f"        z = {slow_code(part)}"] if part.slow else []),
        "        if begin < 0:",
        "            begin = work_begin[q]",
        *(f"            {line}" for line in _prefetch_lines(arrays)),
        "        stop = segment_synapse[segment + 1]",
        "        m = min(chunk_lid.size - n, stop - begin)",
        *(f"        {line}" for line in _prefetch_next_lines(arrays)),
        "        lids, weights = chunk_lid[n:], chunk_weight[n:]",
        "        there, given = target[begin : begin + m], weight[begin : begin + m]",
        "        for i in range(m):",
        "            lids[i] = first_lid + np.int64(there[i])",
        "            weights[i] = given[i]",
        *(["            chunk_synapse[n + i] = begin + i"] * _names_synapses(part)),
        *(f"        {line}" for line in _spike_lines(part)),
        *(f"        {line}" for line in _skip_lines(part)),
        "        begin += m",
        "        if begin == stop:",
        "            q, begin = q + 1, -1",
        "    chunk_at[0], chunk_at[1] = q, begin",
        "    return n\n",
    ]
    return "\n".join(lines)


def _names_synapses(part: PlasticPart) -> bool:
    """Whether a chunk has the places of its synapses, which else follow each other."""
    return bool(part.per_synapse or part.traces or part.settled)


def _spike_lines(part: PlasticPart) -> list[str]:
    """Note what all synapses of a segment have of its spike, unless the last chunk had it.

    `chunk_at` says of which due segment how many synapses have it at the beginning of a chunk.
    """
    by_synapse = part.dendritic == BY_SYNAPSE
    reached = [
        f"shift = {shift_code(part)}",
        "upto, origin = sent + shift, before + shift if before >= 0 else TO_COME",
        f"since = {since_code(part, _dendritic_code(part, 'k'))}",
    ]
    lines = [
        "uptos, origins, sinces = chunk_upto[n:], chunk_origin[n:], chunk_since[n:]",
        "lasts, factors = chunk_last_trace[n:], chunk_factor[n:]",
        *([] if by_synapse else reached),
        "for i in range(m):",
        *(f"    {line}" for line in (["k = begin + i", *reached] if by_synapse else [])),
        "    uptos[i], origins[i], sinces[i] = upto, origin, since",
        "    lasts[i], factors[i] = last, factor",
        *(["    chunk_z[n + i] = z"] if part.slow else []),
    ]
    # Pairs that are presynaptic centered change `chunk_last_trace`; what is left out leaves gaps.
    if by_synapse or part.traces or part.settled:
        return lines
    return [
        "if n > 0 or chunk_at[2] != q or chunk_at[3] < m:",
        *(f"    {line}" for line in lines),
        "if n == 0:",
        "    chunk_at[2], chunk_at[3] = q, m",
    ]


def _take_from_bucket_source(part: PlasticPart) -> str:
    """Make a chunk of the next synapses in the bucket of the step."""
    arrays = ["packed", "weight", *(n for n in part.own if n in part.per_synapse)]
    arrays += ["dendritic"] * (part.dendritic == BY_SYNAPSE) + [*part.traces]
    head = f"def take_synapses(step, release, {', '.join([*CHUNK, *of_taking(part)])}):"
    lines = [
        f"n = take_entries(step, chunk_synapse, chunk_number, {', '.join(BUCKETS)})",
        *(["kept = 0"] * part.settled),
        "for i in range(n):",
        "    k = np.int64(chunk_synapse[i])",
        *(f"    prefetch({name}, k)" for name in arrays),
        "for i in range(n):",
        "    k = np.int64(chunk_synapse[i])",
        *(f"    {line}" for line in UNPACK),
        "    prefetch(noted, NOTED * lid)",
        "    chunk_lid[i] = lid",
        "    at = chunk_number[i] & (gids.size - 1)",
        "    sent, before = step - delay, previous_step[at]",
        f"    shift = {shift_code(part)}",
        "    chunk_upto[i] = sent + shift",
        "    origin = before + shift if before >= 0 else TO_COME",
        "    chunk_origin[i] = origin",
        f"    chunk_since[i] = {since_code(part, _dendritic_code(part, 'k'))}",
        "    chunk_weight[i] = weight[k]",
        f"    chunk_last_trace[i] = {'0.0' if part.traces else 'previous_trace[at]'}",
        "    chunk_factor[i] = release[at]",
        *([f"    chunk_z[i] = {slow_code(part)}"] if part.slow else []),
        *(_kept_lines(part) if part.settled else []),
    ]
    if part.settled:
        body = ["while True:", *(f"    {line}" for line in lines)]
        lines = [*body, "    if kept > 0 or n == 0:", "        return kept\n"]
    else:
        lines.append("return n\n")
    lines = [head, *(f"    {line}" for line in lines)]
    return "\n".join(lines)


def keep_lines(part: PlasticPart) -> list[str]:
    """Write the weights of a chunk back."""
    if part.in_rows or part.settled:
        return ["for i in range(n):", "    weight[chunk_synapse[i]] = weights[i]"]
    return ["keep_weights(q, begin, work_segment, work_begin, segment_synapse, weights, weight)"]


def _prefetch_lines(arrays: list[str]) -> list[str]:
    """Ask for the beginning of a later segment; with the first one, for all before that."""
    lines = [
        f"for later in range(q + {_AHEAD} if q > 0 else 0, min(q + {_AHEAD + 1}, due)):",
        "    ahead = work_begin[later]",
        "    until = min(segment_synapse[work_segment[later] + 1], ahead + chunk_lid.size)",
    ]
    for name in arrays:
        lines += [
            f"    for k in range(ahead, until, 64 // {name}.itemsize):",
            f"        prefetch({name}, k)",
        ]
    return lines


def _prefetch_next_lines(arrays: list[str]) -> list[str]:
    """Ask for what the next chunk takes of a segment that is longer than one."""
    lines = ["until = min(stop, begin + m + chunk_lid.size)"]
    for name in arrays:
        lines += [
            f"for k in range(begin + m, until, 64 // {name}.itemsize):",
            f"    prefetch({name}, k)",
        ]
    return lines


def since_code(part: PlasticPart, dendritic: str) -> str:
    """Code of the step from which spikes of the target come after that of the source.

    `dendritic` is code of the dendritic delay.
    """
    settled = f", settled - ({dendritic}), delayed" if part.settled else ""
    return f"max(origin{' + 1' * part.ignores}, flushed[0]{settled})"


def unsettled_code(part: PlasticPart, sent: str) -> str:
    """Code that asks whether a spike of the source had not reached the synapse when it settled."""
    if not part.settled:
        return ""
    return f" and {sent} >= delayed and {sent} + delay - dendritic_delay >= settled"


_OF_CHUNK = ("lid", "upto", "origin", "since", "synapse", "last_trace", "factor", "weight")


def _kept_lines(part: PlasticPart) -> list[str]:
    """Lines that move synapse `i` of a chunk to its `kept` one, unless it had settled."""
    names = (*_OF_CHUNK, *(["z"] if part.slow else []))
    return [
        f"    dendritic_delay = {_dendritic_code(part, 'np.int64(chunk_synapse[i])')}",
        "    if chunk_upto[i] + dendritic_delay >= settled:",
        *(f"        chunk_{name}[kept] = chunk_{name}[i]" for name in names),
        "        kept += 1",
    ]


def _skip_lines(part: PlasticPart) -> list[str]:
    """Leave out synapses that spikes had reached before the rule was set."""
    if not part.settled:
        return ["n += m"]
    return [
        "kept = n",
        "if sent >= settled:",
        "    kept += m",
        "else:",
        "    for i in range(n, n + m):",
        *(f"    {line}" for line in _kept_lines(part)),
        "n = kept",
    ]


def _dendritic_code(part: PlasticPart, k: str) -> str:
    """Code of the dendritic delay of synapse `k`."""
    return {
        NUMBER: "dendritic",
        BY_SEGMENT: "delay - dendritic",
        BY_SYNAPSE: f"np.int64(dendritic[{k}])",
    }[part.dendritic]


def slow_code(part: PlasticPart) -> str:
    """Code of the second trace of a source right before its spike."""
    if not part.slow:
        return "0.0"
    return "previous_slow[at] * exp(-(sent - before) * slow_rate) if before >= 0 else 0.0"


def shift_code(part: PlasticPart) -> str:
    """Code of the axonal minus the dendritic delay of synapse `k`."""
    return {
        NUMBER: "delay - 2 * dendritic",
        BY_SEGMENT: "2 * dendritic - delay",
        BY_SYNAPSE: "delay - 2 * np.int64(dendritic[k])",
    }[part.dendritic]
