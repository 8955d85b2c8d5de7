"""The cost of a run: time per phase over the ranks, and memory."""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from distsnn.describe.checks.settable import fixed
from distsnn.display.card import Card
from distsnn.exchange import World
from distsnn.kernels import control as layout
from distsnn.run.engine import Engine
from distsnn.run.not_finite import NotFinite, of_all_ranks

PHASES = (
    "build",
    "compile",
    "update",
    "poisson",
    "exchange waiting",
    "exchange transfer",
    "merge",
    "deliver",
    "record",
)

_HEADER = ("phase", "min s", "max s", "per unit")

# Of Linux.
_STATUS = Path("/proc/self/status")
# What `getrusage` and the file said last, bytes; less apart they mean one process.
_last_peaks = [0, 0]
_APART = 1 << 20

# Measuring the bandwidth takes a tenth of it.
_SECONDS_WORTH_ASKING = 1.0


@dataclass
class PhaseTimes:
    """Seconds of one rank so far in each phase (keys are `PHASES`), and counts."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    updates: int = 0
    spikes: int = 0
    events: int = 0
    draws: int = 0

    @classmethod
    def read(cls, engine: Engine, build: float, compiling: float) -> PhaseTimes:
        """Read the clocks of `engine`; `build` and `compiling` are seconds before it ran."""
        timers = [1e-9 * nanoseconds for nanoseconds in engine.timers.tolist()]
        counters, exchange = engine.counters.tolist(), engine.exchange
        # Other threads than the first wait for it.
        first = float(engine.world.thread == 0)
        seconds = (
            build,
            compiling,
            timers[layout.TIME_UPDATE],
            timers[layout.TIME_POISSON],
            timers[layout.TIME_BARRIER] + first * exchange.seconds_waiting,
            first * exchange.seconds_transfer,
            timers[layout.TIME_RECEIVE],
            timers[layout.TIME_DELIVER],
            engine.seconds_recording,
        )
        return cls(
            dict(zip(PHASES, map(float, seconds), strict=True)),
            counters[layout.COUNT_UPDATES],
            counters[layout.COUNT_SPIKES],
            counters[layout.COUNT_EVENTS],
            counters[layout.COUNT_DRAWS],
        )

    def since(self, before: PhaseTimes) -> PhaseTimes:
        """The difference to an earlier reading; build and compiling count once."""
        seconds = {name: self.seconds[name] - before.seconds[name] for name in PHASES}
        # The split of the time in exchanges is an estimate that later samples may correct.
        exchange = seconds["exchange waiting"] + seconds["exchange transfer"]
        transfer = min(max(0.0, seconds["exchange transfer"]), exchange)
        seconds |= {"exchange waiting": exchange - transfer, "exchange transfer": transfer}
        return PhaseTimes(
            seconds,
            self.updates - before.updates,
            self.spikes - before.spikes,
            self.events - before.events,
            self.draws - before.draws,
        )


def phases_so_far(engine: Engine) -> dict[str, float]:
    """Seconds of one rank so far in each phase of a step."""
    return PhaseTimes.read(engine, 0.0, 0.0).seconds


@dataclass(frozen=True)
class RankReport:
    """The part of one thread of a rank in the summary.

    `synapse_bytes` is the memory of its tables of synapses, `peak_bytes` its share of the largest
    resident memory of its process so far, building included; `not_finite` is what it looked at for
    NaN and infinity.
    """

    clock: PhaseTimes
    wall_seconds: float
    neurons: int
    synapses: int
    synapse_bytes: int
    peak_bytes: int
    not_finite: tuple[NotFinite, ...] = ()


@dataclass(frozen=True)
class SynapsesWay:
    """The way in which synapses of one object act, and why not in a faster one.

    Attributes
    ----------
    name : str
        That of the object.
    way : str
        ``"table"``, ``"plastic table"`` or ``"generated code"``.
    reason : str
        Why they need generated code; empty for others.
    """

    name: str
    way: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.way}{self.reason and f', since {self.reason}'}"


@fixed
@dataclass(frozen=True, repr=False)
class RunSummary:
    """Results and cost of a run.

    Attributes
    ----------
    duration : float
        Biological time, ms.
    ranks : tuple of RankReport
        One for each thread of each rank.
    n_threads : int
        Number of threads of each rank.
    bandwidths : tuple of float
        What memory gives each thread while all others use it too, bytes/s (see
        `distsnn.forecast.bandwidth`); empty after runs that were too short to ask.
    synapses : tuple of SynapsesWay
        How the synapses of each object act: through a table, which is fastest, or generated code.
    """

    duration: float
    ranks: tuple[RankReport, ...]
    n_threads: int = 1
    bandwidths: tuple[float, ...] = ()
    synapses: tuple[SynapsesWay, ...] = ()

    @property
    def not_finite(self) -> tuple[NotFinite, ...]:
        """The variables that hold NaN or infinity at the end of the run."""
        return of_all_ranks(one for r in self.ranks for one in r.not_finite)

    @property
    def profile(self) -> list[tuple[str, float]]:
        """Wall time (ms) of each phase, that of the slowest rank; the longest first."""
        seconds = {name: max(r.clock.seconds[name] for r in self.ranks) for name in PHASES}
        return sorted(((name, 1e3 * x) for name, x in seconds.items()), key=lambda one: -one[1])

    @property
    def wall_seconds(self) -> float:
        """Wall time of the run without building, s (the slowest rank's)."""
        return max(r.wall_seconds for r in self.ranks)

    @property
    def real_time_factor(self) -> float:
        """Wall time per biological time."""
        return self.wall_seconds / (self.duration * 1e-3) if self.duration else 0.0

    @property
    def spikes(self) -> int:
        """Number of spikes."""
        return self.ranks[0].clock.spikes

    @property
    def events(self) -> int:
        """Number of synaptic events."""
        return sum(r.clock.events for r in self.ranks)

    @property
    def peak_bytes(self) -> int:
        """Largest resident memory, summed over ranks, bytes."""
        return sum(r.peak_bytes for r in self.ranks)

    @property
    def bandwidth_fraction(self) -> float | None:
        """Bytes of tables that deliveries read a second, of those that memory can give.

        Parts of a table that caches still hold count as well, so it can be more than 1.
        """
        spent = sum(r.clock.seconds["deliver"] for r in self.ranks)
        if not self.bandwidths or not spent:
            return None
        return self._bytes_delivered / spent / float(np.mean(self.bandwidths))

    @property
    def _bytes_delivered(self) -> float:
        return sum(r.clock.events * r.synapse_bytes / max(1, r.synapses) for r in self.ranks)

    def content(self) -> dict[str, object]:
        """All figures as plain values, for JSON."""
        return {
            **asdict(self),
            "wall_seconds": self.wall_seconds,
            "spikes": self.spikes,
            "events": self.events,
            "peak_bytes": self.peak_bytes,
            "bandwidth_fraction": self.bandwidth_fraction,
        }

    def __repr__(self) -> str:
        return f"<RunSummary: {self._in_short}; print() shows all>"

    def _repr_html_(self) -> str:
        more = "; ".join(self._remarks)
        rows = (("network", self._network), ("run", self._in_short), ("more", more))
        return Card("Run", rows, header=_HEADER, table=tuple(self._phases)).html

    def __str__(self) -> str:
        phases = (
            f"{name:<18}{least:>10}{most:>10}   {unit}".rstrip()
            for name, least, most, unit in (_HEADER, *self._phases)
        )
        return "\n".join([self._network, self._in_short, *phases, *self._remarks])

    @property
    def _network(self) -> str:
        neurons = sum(r.neurons for r in self.ranks)
        synapses = sum(r.synapses for r in self.ranks)
        n = len(self.ranks) // self.n_threads
        threads = f" of {self.n_threads} threads" if self.n_threads > 1 else ""
        ranks = f"{n} rank{'s' if n > 1 else ''}{threads}"
        return f"{neurons:,} neurons, {synapses:,} synapses on {ranks}"

    @property
    def _in_short(self) -> str:
        return (
            f"{self.duration:g} ms in {self.wall_seconds:.3f} s "
            f"({self.real_time_factor:.2f} s per biological second), "
            f"{self.spikes:,} spikes, {self.events:,} synaptic events"
        )

    @property
    def _phases(self) -> list[tuple[str, str, str, str]]:
        """Name of each phase, its time on the fastest and the slowest rank, time per unit."""
        found = []
        for phase in PHASES:
            seconds = [r.clock.seconds[phase] for r in self.ranks]
            least, most = f"{min(seconds):.3f}", f"{max(seconds):.3f}"
            found.append((phase, least, most, self._per_unit(phase)))
        return found

    @property
    def _remarks(self) -> list[str]:
        """Lines below the phases."""
        lines = []
        if self.bandwidth_fraction is not None:
            reads = self.bandwidth_fraction * float(np.mean(self.bandwidths))
            lines.append(
                f"deliveries read {reads / 1e9:.2f} GB/s of tables on each core, "
                f"{self.bandwidth_fraction:.0%} of what memory gives to all at once (STREAM triad)"
            )
        memory = [r.peak_bytes * self.n_threads / 1e6 for r in self.ranks[:: self.n_threads]]
        lines.append(
            f"peak memory per rank: {min(memory):,.0f} to {max(memory):,.0f} MB, "
            f"in all {sum(memory):,.0f} MB"
        )
        by_way: dict[str, list[str]] = {}
        for one in self.synapses:
            by_way.setdefault(one.way + (one.reason and f", since {one.reason}"), []).append(
                one.name
            )
        lines += [f"synapses by {way}: {', '.join(names)}" for way, names in by_way.items()]
        lines += [one.message for one in self.not_finite]
        return lines

    def _per_unit(self, phase: str) -> str:
        counts = {
            "update": ("updates", "ns per neuron and step"),
            "poisson": ("draws", "ns per draw"),
            "deliver": ("events", "ns per synaptic event"),
        }
        if phase not in counts:
            return ""
        name, unit = counts[phase]
        total = sum(getattr(r.clock, name) for r in self.ranks)
        seconds = sum(r.clock.seconds[phase] for r in self.ranks)
        return f"{seconds * 1e9 / total:.2f} {unit}" if total else ""


def gather_summary(
    world: World,
    duration: float,
    reports: Sequence[RankReport],
    measure: Callable[[], Sequence[float]],
    synapses: tuple[SynapsesWay, ...] = (),
) -> RunSummary:
    """The summary of all ranks. Collective.

    Parameters
    ----------
    duration : float, ms
    reports : sequence of RankReport
        Of this rank's threads.
    measure : callable
        Tells the bandwidth of memory for each of them. Collective.
    synapses : tuple of SynapsesWay
        Those of the network.
    """
    of_ranks = world.allgather_object(reports)
    ranks = tuple(r for of_rank in of_ranks for r in of_rank)
    summary = RunSummary(duration, ranks, len(reports), synapses=synapses)
    if summary.wall_seconds < _SECONDS_WORTH_ASKING or not summary._bytes_delivered:
        return summary
    bandwidths = world.allgather_object(list(measure()))
    return replace(summary, bandwidths=tuple(b for of_rank in bandwidths for b in of_rank))


def peak_memory() -> int:
    """Largest resident memory of this process so far, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = peak if sys.platform == "darwin" else peak * 1024
    if peak == _last_peaks[0] and peak - _last_peaks[1] < _APART:
        return _last_peaks[1]
    # On Linux it begins with the memory of the process that started this one, and reading the
    # other number takes a tenth of a call of `run()`.
    with suppress(OSError), _STATUS.open("rb", buffering=0) as status:
        found = re.search(rb"\nVmHWM:\s*(\d+) kB", status.read())
        if found:
            _last_peaks[:] = peak, int(found[1]) * 1024
            return _last_peaks[1]
    return peak
