"""The role of each array of a program: the one table that checkpoints read.

An array of a program that this table does not know is an error, so that none is forgotten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.tables.plastic_part import CHUNK

# It follows from the description, or is a number or a table that no step writes.
GIVEN = "given"
# It is written before it is read in every step or interval, or follows from the spikes in flight.
WORK = "work"
# State: one value for each neuron of a group, for each source of a plasticity whose state
# is kept (the same on every rank that keeps it), for each synapse, for each spike in flight.
NEURON, SOURCE, EDGE, FLIGHT = "neuron", "source", "edge", "flight"
# State of rules that change weights, see `distsnn.run.state.plastic_state`.
PLASTIC = "plastic"
# The spikes in flight themselves, and where the program has come to.
SPIKES = "spikes"

_ARRAYS = {
    "": {
        **dict.fromkeys(("control", "gids", "begin"), SPIKES),
        **dict.fromkeys(("end", "in_shared_memory", "width", "n_ranks"), GIVEN),
        **dict.fromkeys(
            ("barrier_state", "buffers", "receive", "scratch", "bounds", "read_at"), WORK
        ),
        **dict.fromkeys(("log_step", "log_gid", "timers", "counters"), WORK),
        **dict.fromkeys(("work_segment", "work_begin", "work_at"), WORK),
        "no_efficacy": GIVEN,
        **dict.fromkeys(CHUNK, WORK),
        # The same memory as the variables that receptors add to.
        "slots": WORK,
    },
    "group": {
        # Names of users begin with a letter.
        "_last_spike": NEURON,
        "_active": NEURON,
        **dict.fromkeys(("_gid_of_lid", "_index", "_k0", "_k1"), GIVEN),
        **dict.fromkeys(("_index_of_lid", "_tags", "_inverse", "_most_silent"), GIVEN),
        # Drawn again when `drawn_block` is not the block of the step.
        **dict.fromkeys(("_drawn_block", "_words", "_marks"), WORK),
        **dict.fromkeys(("_spike_step", "_spike_source", "_period"), GIVEN),
        **dict.fromkeys(("_spike_lid", "_spike_count", "_spiked", "_spiked_words"), WORK),
        "_free": WORK,
        # Read in the step alone in which it is written.
        "_earlier_spike": WORK,
        # It moves on by itself to the step.
        "_cursor": WORK,
    },
    "table": {
        **dict.fromkeys(("row_of", "n_tiles", "row_segment", "segment_delay"), GIVEN),
        **dict.fromkeys(("segment_synapse", "delays", "no_delays"), GIVEN),
        **dict.fromkeys(("target", "weight"), GIVEN),
        **dict.fromkeys(("segment_run", "run_target", "run_synapse"), GIVEN),
        **dict.fromkeys(("due_delay", "next_segment"), WORK),
        **dict.fromkeys(("row_lookup", "row_synapse", "packed", "weight_stop"), GIVEN),
        **dict.fromkeys(("first_delay", "slot_bits"), GIVEN),
        # Follow from the spikes in flight.
        **dict.fromkeys(("least_delay", "filing", "pool_state", "bucket_first"), WORK),
        **dict.fromkeys(("bucket_end", "next_chunk", "pool", "pool_single", "pool_value"), WORK),
    },
    "input": {
        **dict.fromkeys(("k0", "k1", "lowest", "thresholds", "weight"), GIVEN),
        **dict.fromkeys(("central", "central_base", "below", "above"), GIVEN),
        **dict.fromkeys(("first_index", "first_slot", "n_of_range"), GIVEN),
        # Drawn again when `drawn_block` is not the block of the step.
        **dict.fromkeys(("drawn_block", "words", "near", "counts"), WORK),
    },
    "synapses": {
        **dict.fromkeys(("_source", "_target", "_index_of_lid"), GIVEN),
        **dict.fromkeys(("_source_lids", "_target_lids"), GIVEN),
        **dict.fromkeys(("_major", "_minor", "_connect", "_n_incoming", "_n_outgoing"), GIVEN),
    },
    "pathway": {
        **dict.fromkeys(("row_of", "row_segment", "segment_delay", "segment_synapse"), GIVEN),
        **dict.fromkeys(("delays", "synapse"), GIVEN),
        **dict.fromkeys(("due_delay", "next_segment"), WORK),
    },
    "release": {
        **dict.fromkeys(("first_gid", "number_of"), GIVEN),
        **dict.fromkeys(("recovery", "decay", "U", "u_after", "x_after"), GIVEN),
        **dict.fromkeys(("u", "x", "last_step"), SOURCE),
        "release": FLIGHT,
    },
    "traces": {
        **dict.fromkeys(("first_gid", "number_of"), GIVEN),
        **dict.fromkeys(("nearest", "rise", "rise_rate", "slow_rate"), GIVEN),
        **dict.fromkeys(("last_step", "last_trace", "last_slow"), SOURCE),
        **dict.fromkeys(("previous_step", "previous_trace", "previous_slow"), FLIGHT),
        # Numbers begin anew with a checkpoint; see `assemble.tables.plastic_tables.number_spikes`.
        "previous_number": FLIGHT,
        "last_number": WORK,
    },
    "history": {
        **dict.fromkeys(("mask", "nearest", "longest", "fall", "fall_rate", "slow_rate"), GIVEN),
        **dict.fromkeys(("entries", "counts", "kept", "fullest", "swept"), PLASTIC),
    },
    "queue": {**dict.fromkeys(("lids", "begin", "tail"), SPIKES), "longest": GIVEN},
    "probe": {
        **dict.fromkeys(("lids", "index_of_lid", "edges"), GIVEN),
        **dict.fromkeys(("source", "delay", "dendritic", "target"), GIVEN),
        # Emptied before a checkpoint is written.
        **dict.fromkeys(("buffer", "cursor"), WORK),
    },
}
_NAME = re.compile(r"([gtpsrqxmkh])(\d+)(?:(p|m|c|f)(\d*))?_(.+)")
_KINDS = {
    "g": "group",
    "t": "table",
    "p": "input",
    "s": "synapses",
    "r": "release",
    "k": "traces",
    "h": "history",
    "q": "queue",
    "m": "probe",
}


@dataclass(frozen=True)
class Declared:
    """One array of a program.

    Attributes
    ----------
    argument : str
        Its name in the program.
    role : str
        `GIVEN`, `WORK`, `NEURON`, `SOURCE`, `EDGE`, `FLIGHT`, `PLASTIC` or `SPIKES`.
    owner : int
        Number of its group, synapses, plasticity, traces or histories.
    name : str
        Its name within that.
    """

    argument: str
    role: str
    owner: int
    name: str


def declared_arrays(build: RankBuild) -> list[Declared]:
    """Declare the role of each argument of a rank's program, in their order.

    Raises
    ------
    KeyError
        If the table does not know an argument.
    """
    return [_declared(build, argument) for argument in build.program.arguments]


def _declared(build: RankBuild, argument: str) -> Declared:
    found = _NAME.fullmatch(argument)
    if found is None:
        return Declared(argument, _ARRAYS[""][argument], 0, argument)
    letter, index, part, _, name = found.groups()
    owner = int(index)
    if part is not None:
        fixed = name.startswith("key") or (part == "c" and letter == "s")
        return Declared(argument, GIVEN if fixed else _ARRAYS["pathway"][name], owner, name)
    role = _of_text(build, letter, owner, name) or _ARRAYS[_KINDS[letter]].get(name)
    if role is None:
        raise KeyError(f"{argument} is not declared in distsnn/assemble/rank/array_roles.py")
    return Declared(argument, role, owner, name)


def _of_text(build: RankBuild, letter: str, owner: int, name: str) -> str | None:
    """The role of an array whose name is the user's; None for others."""
    if letter == "x":
        return GIVEN if name == "first_gid" else WORK
    if letter == "m" and name not in _ARRAYS["probe"]:
        return GIVEN
    if letter == "t" and (part := build.plastic.parts[owner]) is not None and name in part.own:
        return PLASTIC if name in {"weight", "trace"} else GIVEN
    if letter == "g" and owner in build.forms:
        form = build.forms[owner]
        if name.startswith("_kept_") or name in dict(form.arriving).values():
            return WORK
        if name in form.states:
            return NEURON
        coefficients = {c.name for c in form.coefficients}
        # TimedArrays that only monitors read are not among what the update shares.
        if name in coefficients or f"{name}_" in form.shared:
            return GIVEN
        if name.startswith(("_parameter_", "_array", "_link_")):
            return GIVEN
    if letter == "s":
        synapses = build.synapses[owner]
        if name in synapses.part.form.variables:
            return EDGE if name in synapses.changing else GIVEN
        sides = (("pre", synapses.part.pre_arrays), ("post", synapses.part.post_arrays))
        numbers = [f"{x}_{side}" for side, arrays in sides for x, _ in arrays]
        if name.startswith(("_c_", "_array")) or name in numbers:
            return GIVEN
    return None
