"""One rank of a job, built and advanced alone in a process of its own, and measured.

Counter-based draws make what it builds exactly what this rank would build in the job. The spikes
of the other ranks are surrogates (`distsnn.exchange.surrogate`).
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

from distsnn.build.budget import n_bytes
from distsnn.build.rank import build_rank
from distsnn.describe.network import NetworkDescription
from distsnn.equations import control as layout
from distsnn.errors import DistsnnError
from distsnn.exchange import SerialWorld, World, current_world
from distsnn.exchange.launch import without_launcher
from distsnn.exchange.surrogate import Senders, SurrogateWorld
from distsnn.run.engine import Engine
from distsnn.run.summary import peak_memory

# What has no program yet takes this long to compile, and more memory than those who load it.
_SECONDS_OF_COMPILING = 1.0
_FEWEST_INTERVALS = 3
# With all that a run has imported, for the memory it takes.
_SETTINGS = {"OMP_NUM_THREADS": "1"}
_PROGRAM = "import distsnn.cli; from distsnn.run import trial; trial.answer()"


@dataclass(frozen=True)
class TrialJob:
    """What to try.

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
    twice : bool
        Whether to build it a second time, to know what the first time costs besides.
    """

    description: NetworkDescription
    rank: int
    size: int
    senders: Sequence[Senders]
    seconds: float = 1.0
    most_steps: int = 100_000
    twice: bool = False


@dataclass(frozen=True)
class Trial:
    """What was measured of one rank.

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
        world = SurrogateWorld(job.description, job.rank, job.size, job.senders, build.interval)
    begin = perf_counter()
    engine = Engine(world, build)
    seconds["compile"] = perf_counter() - begin
    measured, exchanges, steps = _advance(job, engine)
    counters = engine.counters
    return Trial(
        neurons=build.n_local,
        synapses=build.n_synapses,
        steps=steps,
        exchanges=exchanges,
        spikes=int(counters[layout.COUNT_SPIKES]),
        events=int(counters[layout.COUNT_EVENTS]),
        updates=int(counters[layout.COUNT_UPDATES]),
        draws=int(counters[layout.COUNT_DRAWS]),
        seconds=seconds | measured,
        arrays=n_bytes(build.arrays),
        before=before,
        built=built,
        peak=peak_memory(),
        end=process.memory_info().rss,
        width=engine.exchange.width,
    )


def _advance(job: TrialJob, engine: Engine) -> tuple[dict[str, float], int, int]:
    """Seconds of the parts of steps, and how many exchanges and steps there were."""
    world = engine.world
    # Spikes of all delays are on their way.
    warm = int(engine.values["control"][layout.LONGEST]) // engine.interval + 2
    engine.advance(warm * engine.interval, (), _look)
    engine.timers[:] = engine.counters[:] = 0
    n_before, first = engine.exchange.n_exchanges, engine.step
    outside = _outside(engine)
    begin, n = perf_counter(), _FEWEST_INTERVALS
    while True:
        engine.advance(engine.step + n * engine.interval, (), _look)
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
    wall = perf_counter() - begin - (_outside(engine) - outside)
    measured["calls"] = max(0.0, wall - sum(measured.values()))
    exchanges = engine.exchange.n_exchanges - n_before if world.size > 1 else 0
    return measured, exchanges, engine.step - first


def _outside(engine: Engine) -> float:
    """Seconds that went into surrogates, which stand for the exchange."""
    return engine.exchange.seconds_waiting + engine.exchange.seconds_transfer


def _look(step: int) -> None:
    del step


def trial_in_child(job: TrialJob) -> Trial:
    """Measure in a process of its own that loads the program compiled.

    Raises
    ------
    DistsnnError
        If it ends without a result, for instance for want of memory.
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
