"""One rank of a job, built and advanced alone in a process of its own, and measured.

Counter-based draws make what it builds exactly what this rank would build in the job. The spikes
of the other ranks are surrogates (`distsnn.exchange.worlds.surrogate`).
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import psutil

from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.codegen.program_arguments import NETWORK
from distsnn.describe.network_description import NetworkDescription
from distsnn.errors import DistsnnError
from distsnn.exchange import SerialWorld, World, current_world
from distsnn.exchange.jobs.launch import without_launcher
from distsnn.exchange.worlds.surrogate import Senders, SurrogateWorld
from distsnn.forecast.few_neurons import n_bytes
from distsnn.kernels import control as layout
from distsnn.layout.message_sizes import N_BUFFERS, buffer_words, shared_buffer_words
from distsnn.run.engine import Engine
from distsnn.run.summary import peak_memory

# What has no program yet takes this long to compile, and more memory than those who load it.
_SECONDS_OF_COMPILING = 1.0
_FEWEST_INTERVALS = 3
# So many that the caches forget what was drawn before.
_MOST_AHEAD = 512
_MOST_BYTES_AHEAD = 1 << 30
_WORD = 4
# With all that a run has imported, for the memory it takes.
_SETTINGS = {"OMP_NUM_THREADS": "1"}
_PROGRAM = "import distsnn.cli; from distsnn.forecast import trial; trial.answer()"


@dataclass(frozen=True)
class TrialJob:
    """The settings of a trial.

    Attributes
    ----------
    description : NetworkDescription
    rank, size : int
    senders : sequence of Senders
        Who spikes how often.
    seconds : float
        How long to advance it, wall time.
    most_steps : int
        After so many steps it ends earlier.
    in_shared_memory : bool
        Whether its ranks share memory, so that they send no messages.
    twice : bool
        Whether to build it a second time, to know what the first time costs besides.
    """

    description: NetworkDescription
    rank: int
    size: int
    senders: Sequence[Senders]
    seconds: float = 1.0
    most_steps: int = 100_000
    in_shared_memory: bool = False
    twice: bool = False


@dataclass(frozen=True)
class Trial:
    """The measurements of one rank.

    Attributes
    ----------
    neurons, synapses : int
        Of this rank.
    steps, exchanges, spikes, events, updates, draws : int
        How many there were while the time was measured; spikes are those of all ranks.
    seconds : dict of str to float
        Wall time: ``"build"``, ``"again"`` (the same a second time) and ``"compile"``; of the
        steps ``"update"``, ``"draws"``, ``"delivery"``, ``"merge"``, and ``"calls"``, which is
        the rest but for the exchange.
    arrays : int
        Bytes of all arrays of the built network.
    before, built, peak, end : int
        Resident bytes of the process: before building; the most until it was built, and in all;
        at the end.
    width : int
        Words of the messages at the end.
    """

    neurons: int
    synapses: int
    steps: int
    exchanges: int
    spikes: int
    events: int
    updates: int
    draws: int
    seconds: dict[str, float]
    arrays: int
    before: int
    built: int
    peak: int
    end: int
    width: int

    @property
    def spikes_per_step(self) -> float:
        """Spikes of all ranks."""
        return self.spikes / max(1, self.steps)


def run_trial(job: TrialJob) -> Trial:
    """Build and advance the rank in this process."""
    process = psutil.Process()
    before, begin = process.memory_info().rss, perf_counter()
    build = build_rank(job.description, job.rank, job.size)
    seconds, built = {"build": perf_counter() - begin, "again": 0.0}, peak_memory()
    if job.twice:
        begin = perf_counter()
        build = build_rank(job.description, job.rank, job.size)
        seconds["again"] = perf_counter() - begin
    world: World = SerialWorld()
    if job.size > 1:
        world = _surrogates(job, build)
    begin = perf_counter()
    engine = Engine(world, build)
    seconds["compile"] = perf_counter() - begin
    measured, steps = _Advance(engine).measured(job)
    counters, ahead = engine.counters, world.bytes_ahead if isinstance(world, SurrogateWorld) else 0
    return Trial(
        neurons=build.n_local,
        synapses=build.n_synapses,
        steps=steps,
        exchanges=steps // engine.interval if job.size > 1 else 0,
        spikes=int(counters[layout.COUNT_SPIKES]),
        events=int(counters[layout.COUNT_EVENTS]),
        updates=int(counters[layout.COUNT_UPDATES]),
        draws=int(counters[layout.COUNT_DRAWS]),
        seconds=seconds | measured,
        arrays=n_bytes(build.arrays),
        before=before,
        built=built,
        peak=max(built, peak_memory() - ahead),
        end=process.memory_info().rss - ahead,
        width=engine.exchange.width,
    )


def _surrogates(job: TrialJob, build: RankBuild) -> SurrogateWorld:
    """The rank among others that are drawn."""
    n_ahead = 0
    if job.in_shared_memory:
        capacity = buffer_words(build.interval, build.interval * build.partition.max_count)
        fit = _MOST_BYTES_AHEAD // (_WORD * shared_buffer_words(job.size, capacity, 1))
        n_ahead = max(N_BUFFERS, min(_MOST_AHEAD, fit))
    return SurrogateWorld(job.description, job.rank, job.size, job.senders, build.interval, n_ahead)


class _Advance:
    """Advances a rank, and knows how long that takes without the drawing of surrogates."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seconds_ahead = 0.0

    def measured(self, job: TrialJob) -> tuple[dict[str, float], int]:
        """Seconds of the parts of steps, and how many steps there were."""
        engine = self._engine
        # Spikes of all delays are on their way.
        self._intervals(
            int(engine.values[NETWORK["control"]][layout.LONGEST]) // engine.interval + 2
        )
        engine.timers[:] = engine.counters[:] = 0
        first, outside = engine.step, self._outside
        begin, n = perf_counter(), _FEWEST_INTERVALS
        while True:
            self._intervals(n)
            passed = perf_counter() - begin
            if passed > job.seconds or engine.step - first >= job.most_steps:
                break
            n = max(1, min(n, int(n * (job.seconds - passed) / max(passed, 1e-3)) + 1)) * 2
        timers = engine.timers * 1e-9
        measured = {
            "update": float(timers[layout.TIME_UPDATE]),
            "draws": float(timers[layout.TIME_POISSON]),
            "delivery": float(timers[layout.TIME_DELIVER]),
            "merge": float(timers[layout.TIME_RECEIVE]),
        }
        wall = perf_counter() - begin - (self._outside - outside)
        measured["calls"] = max(0.0, wall - sum(measured.values()))
        return measured, engine.step - first

    def _intervals(self, n: int) -> None:
        """Advance `n` intervals."""
        engine, world = self._engine, self._engine.world
        while n:
            few, buffers = n, engine.memory_group.buffers
            if isinstance(world, SurrogateWorld) and buffers is not None:
                few, begin = min(n, world.n_ahead), perf_counter()
                world.write_ahead(buffers, few)
                self._seconds_ahead += perf_counter() - begin
            engine.advance(engine.step + few * engine.interval, (), _ignore_step)
            n -= few

    @property
    def _outside(self) -> float:
        """Seconds that went into surrogates, which stand for the exchange."""
        exchange = self._engine.exchange
        return self._seconds_ahead + exchange.seconds_waiting + exchange.seconds_transfer


def _ignore_step(step: int) -> None:
    del step


def trial_in_child(job: TrialJob) -> Trial:
    """Measure in a process of its own that loads the program compiled.

    Raises DistsnnError if it ends without a result, for instance for want of memory.
    """
    found = _run_child(job)
    if found.seconds["compile"] > _SECONDS_OF_COMPILING:
        found = _run_child(job)
    return found


def _run_child(job: TrialJob) -> Trial:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=pickle.dumps(job),
        capture_output=True,
        env=without_launcher(os.environ) | _SETTINGS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise DistsnnError(
            f"rank {job.rank} of {job.size}",
            "it ended with status "
            f"{done.returncode}{': ' if said else ''}{said[-1] if said else ''}",
            "it must fit the memory of this machine",
            "plan more ranks, or a smaller network",
            status=done.returncode,
        )
    outcome = pickle.loads(done.stdout)
    if isinstance(outcome, DistsnnError):
        raise outcome
    assert isinstance(outcome, Trial)
    return outcome


def answer() -> None:
    """Read a `TrialJob` from the standard input and write its `Trial`, or an error, pickled."""
    # What kernels or packages print must not come between.
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # As every run does; MPI takes memory even for one rank.
    current_world()
    job = pickle.load(sys.stdin.buffer)
    try:
        outcome: Trial | DistsnnError = run_trial(job)
    except DistsnnError as error:
        outcome = error
    stdout.write(pickle.dumps(outcome))
    stdout.close()
