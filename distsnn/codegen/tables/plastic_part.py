"""A plastic table as code generation sees it: its rule, and the arguments of its functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.codegen.program_arguments import (
    NETWORK,
    Argument,
    ArgumentOwner,
    OfHistory,
    OfTable,
    OfTraces,
)
from distsnn.describe.synapses.spike_timing import WeightChange
from distsnn.kernels.deliver import buckets
from distsnn.kernels.deliver.history import NOTED

NUMBER, BY_SEGMENT, BY_SYNAPSE = "number", "segment", "synapse"
# The table of the powers of a rule, a parameter of its own.
POWERS = "powers"


@dataclass(frozen=True)
class PlasticPart:
    """The rule of a plastic table, as far as its code depends on it.

    Attributes
    ----------
    formula : WeightChange
    parameters : tuple of str
        Names of what the formula needs.
    per_synapse : frozenset of str
        Those of which each synapse has its own.
    source, target : int
        Numbers of the traces of the sources and of the histories of the targets.
    dendritic : str
        Whether the dendritic delay is one `NUMBER`, all but a number of each segment's delay
        (`BY_SEGMENT`), or its own of each synapse (`BY_SYNAPSE`).
    slow : bool
        Whether the rule has second traces.
    centered : bool
        Whether the first spike of a target uses up the trace of the source.
    nearest : (bool, bool)
        Whether traces of source and target jump to 1, not by 1, where synapses have their own.
    traces : tuple of str
        Traces that each synapse has for itself: none, that of the source, or with time constants of
        its own all.
    ignores : bool
        Whether spikes that reach the synapse in the same step do not see each other.
    after : bool
        Whether a spike transmits the weight after its own change.
    in_rows : bool
        Whether the synapses are stored by source alone.
    settled : bool
        Whether the rule or delays were set between runs: weights have taken in what had reached the
        synapses by then.
    """

    formula: WeightChange
    parameters: tuple[str, ...]
    per_synapse: frozenset[str]
    source: int
    target: int
    dendritic: str
    slow: bool
    centered: bool
    nearest: tuple[bool, bool]
    traces: tuple[str, ...]
    ignores: bool
    after: bool
    in_rows: bool = False
    settled: bool = False

    @property
    def tabulated(self) -> bool:
        """Whether the powers of the formula are looked up."""
        return POWERS in self.parameters

    @property
    def stride(self) -> int:
        """Numbers of an entry of a history."""
        return 4 if self.slow else 2

    @property
    def separate(self) -> bool:
        """Whether each synapse has its own time constants."""
        return len(self.traces) > 1

    @property
    def located(self) -> list[str]:
        """Arguments that say where synapses act."""
        return ["packed", "first_delay", "slot_bits"] if self.in_rows else ["target"]

    @property
    def own(self) -> list[str]:
        """Arguments that only this table has."""
        return [
            *self.located,
            "weight",
            "first_slot",
            "dendritic",
            *self.parameters,
            *self.traces,
            *self.moments,
        ]

    @property
    def moments(self) -> tuple[str, ...]:
        """Arguments for the steps at which the rule, and delays, were set."""
        return ("settled", "delayed") if self.settled else ()


def arguments_of(t: int, part: PlasticPart, names: list[str]) -> list[Argument]:
    """Arguments of the program by what functions of table `t` call them."""
    owners: dict[str, ArgumentOwner] = {
        **dict.fromkeys(("gids", *CHUNK), NETWORK),
        **dict.fromkeys(OfHistory.roles, OfHistory(part.target)),
        **dict.fromkeys(OfTraces.roles, OfTraces(part.source)),
    }
    table = OfTable(t)
    return [
        table.parameter(name) if name in part.parameters else owners.get(name, table)[name]
        for name in names
    ]


def changing(part: PlasticPart) -> list[str]:
    """Arguments for flushing spikes of targets."""
    decay = [] if part.separate else ["rise", "rise_rate"]
    return ["entries", "mask", *decay, *part.parameters]


def of_event(part: PlasticPart) -> list[str]:
    """Arguments for a spike of the source."""
    return [*changing(part), "flushed", *([] if part.separate else ["fall", "fall_rate"])]


def of_taking(part: PlasticPart) -> list[str]:
    """Arguments for finding the synapses whose segments are due."""
    return [
        *(["gids", "noted", *BUCKETS] if part.in_rows else ["segment_delay", "segment_synapse"]),
        *part.own,
        "flushed",
        "previous_step",
        "previous_trace",
        *(["previous_slow", "slow_rate"] if part.slow else []),
    ]


def of_delivery(part: PlasticPart) -> list[str]:
    """Arguments for delivery."""
    return list(dict.fromkeys([*of_taking(part), "counts", *of_event(part), *SEEN]))


def of_walk(part: PlasticPart) -> list[str]:
    """Arguments for a walk over all synapses."""
    return [
        *(["row_lookup", "row_synapse"] if part.in_rows else _ROWS),
        "gids",
        *part.own[: len(part.located) + 3],
        *part.traces,
        *part.moments,
        "first_gid",
        "number_of",
        "last_step",
        "last_number",
        "last_trace",
        "previous_step",
        "previous_number",
        "previous_trace",
        "counts",
        "flushed",
        *changing(part),
    ]


def of_reading(part: PlasticPart) -> list[str]:
    """Arguments for reading one weight."""
    slow = ["last_slow", "previous_slow", "slow_rate"] if part.slow else []
    return [
        "gids",
        "weight",
        *part.traces,
        *part.moments,
        "last_step",
        "last_number",
        "last_trace",
        "previous_step",
        "previous_number",
        "previous_trace",
        *slow,
        "counts",
        *of_event(part),
    ]


# As many synapses as a chunk of a bucket has.
_SYNAPSES, _SPIKES, _ROUNDS = buckets.CHUNK, 1024, 16
# Listed spikes are computed as many at a time; divides the number of synapses.
VECTOR = 8
# What delivery notes of each synapse of a chunk, of the spikes of their targets that act, and where
# it is.
CHUNK: dict[str, np.ndarray] = {
    "chunk_synapse": np.zeros(_SYNAPSES, dtype=np.uint64),
    "chunk_lid": np.zeros(_SYNAPSES, dtype=np.uint32),
    "chunk_upto": np.zeros(_SYNAPSES, dtype=np.int64),
    "chunk_origin": np.zeros(_SYNAPSES, dtype=np.int64),
    "chunk_last_trace": np.zeros(_SYNAPSES),
    "chunk_target_trace": np.zeros(_SYNAPSES),
    "chunk_since": np.zeros(_SYNAPSES, dtype=np.int64),
    "chunk_place": np.arange(_SYNAPSES, dtype=np.uint32),
    "chunk_last": np.zeros(_SYNAPSES, dtype=np.int64),
    "chunk_older": np.zeros(NOTED * _SYNAPSES, dtype=np.int64),
    "chunk_seen_trace": np.zeros(_SYNAPSES),
    "chunk_z": np.zeros(_SYNAPSES),
    "chunk_factor": np.zeros(_SYNAPSES),
    "chunk_weight": np.zeros(_SYNAPSES),
    "chunk_sent": np.zeros(_SYNAPSES),
    "chunk_number": np.zeros(_SYNAPSES, dtype=np.int64),
    "listed": np.zeros(_SPIKES, dtype=np.uint32),
    "listed_step": np.zeros(_SPIKES, dtype=np.int64),
    "listed_trace": np.zeros(_SPIKES + VECTOR),
    "listed_slow": np.zeros(_SPIKES + VECTOR),
    "listed_weight": np.zeros(_SYNAPSES),
    "listed_inverse": np.zeros(_SYNAPSES),
    "listed_power": np.zeros(_SYNAPSES),
    "round_end": np.zeros(_ROUNDS, dtype=np.int64),
    "chunk_at": np.zeros(4, dtype=np.int64),
}
SEEN = ("noted", "older", "seen_last", "seen_trace")
BUCKETS = ("pool_state", "bucket_first", "bucket_end", "next_chunk", "pool")
_ROWS = ("n_tiles", "row_of", "row_segment", "segment_delay", "segment_synapse")
