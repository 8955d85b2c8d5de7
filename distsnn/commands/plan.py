"""``distsnn plan``: what a model needs on a cluster, before anybody waits for it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import psutil
import typer

from distsnn.commands.completion import models
from distsnn.commands.recorded_memory import monitor_bytes
from distsnn.commands.settings import finite, parse_fixed
from distsnn.commands.simulate import Files, made, origin_of
from distsnn.errors import ParameterError
from distsnn.exchange.measure import LinkSpeed
from distsnn.exchange.worlds.surrogate import Senders
from distsnn.forecast.calibration import (
    Constants,
    calibrate,
    group_rates,
    known_constants,
    machine_link,
)
from distsnn.forecast.fit import Cluster, Fit, fit
from distsnn.forecast.forecast import Forecast, forecast
from distsnn.forecast.memory_budget import LOOKUP, NetworkBudget
from distsnn.forecast.spike_memory import message_buffer_bytes
from distsnn.forecast.trial import Trial, TrialJob, trial_in_child
from distsnn.front.network.run_arguments import checked_time
from distsnn.layout.job_shape import MOST_PARTS, JobShape

_MB, _GB = 1e6, 1e9
_NS = 1e9
_MOST_WALL = 366 * 86400

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="An example's name, a Python file with network(**parameters), or a configuration of "
        "SONATA (.json).",
        autocompletion=models,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter; may be repeated."),
]
TimeOption = Annotated[
    float | None,
    typer.Option(metavar="MS", help="Biological time of the run (ms); by default the model's own."),
]
RateOption = Annotated[
    float,
    typer.Option(
        metavar="HZ", callback=finite, help="Mean rate of the neurons; it decides the time."
    ),
]
CalibrateOption = Annotated[
    bool | None,
    typer.Option(
        "--calibrate/--no-calibrate",
        help="Measure this machine anew, or not at all; by default what is not known yet. It "
        "takes seconds, and longer if the model has never been compiled.",
    ),
]
LatencyOption = Annotated[
    float | None,
    typer.Option(
        metavar="US", callback=finite, help="Latency of the network (us), if not this machine's."
    ),
]
BandwidthOption = Annotated[
    float | None,
    typer.Option(
        metavar="GB/S",
        callback=finite,
        help="Bandwidth of it for a rank (GB/s), if not this machine's.",
    ),
]
ThreadsOption = Annotated[
    int,
    typer.Option(min=1, metavar="T", help="Threads of each rank, with a core each."),
]
WallOption = Annotated[
    str | None, typer.Option(metavar="H:MM:SS", help="Wall time that the run may take.")
]


class PlannedModel:
    """A model, and what is known of it without building it.

    Parameters
    ----------
    settings : sequence of str
        As ``--set`` gives them.
    time : float or None, ms
    rate : float, Hz
    """

    def __init__(
        self, model: str, settings: Sequence[str], time: float | None, rate: float
    ) -> None:
        self.settings = parse_fixed(settings)
        loaded, network = made(model, origin_of(model, self.settings, None, time, Files()))
        most = 1e3 / network.dt
        if not 0 <= rate <= most:
            raise ParameterError(
                "plan",
                f"rate={rate} Hz",
                f"a rate is a number from 0 Hz to a spike in each step, {most:g} Hz",
                "correct --rate",
            )
        self.name = loaded.name
        self.duration = checked_time("time", network.origin["end"], network.dt)
        whole = network.divide == "neurons"
        self.network = NetworkBudget(network.description, network.trials or 1, whole)
        self.rates = group_rates(self.network.description, rate * 1e-3)
        self._monitors = network.monitors
        self.network.recorded = self._recorded

    def constants(self, shape: JobShape, measure: bool | None) -> Constants | None:
        """The costs on this machine; `measure` as ``--calibrate``."""
        known = known_constants(self.network, shape, self.rates)
        if measure is False or (known is not None and not measure):
            return known
        _say("measuring what this network costs on this machine ...")
        return calibrate(self.network, shape, self.rates, anew=True)

    def _recorded(self, ranks: int) -> float:
        """Bytes of what monitors keep, of each of so many ranks."""
        description = self.network.description
        names = [group.name for group in description.groups]
        rates = dict(zip(names, self.rates, strict=True))
        run = self.duration, description.dt
        return monitor_bytes(self._monitors, rates, self.network.synapses_of, run, ranks)

    def forecast(self, shape: JobShape, measure: bool | None, link: LinkSpeed | None) -> Forecast:
        """The forecast of a job."""
        constants = self.constants(self.network.share_of(shape)[0], measure)
        return forecast(self.network, shape, self.rates, self.duration, constants, link)


def own_cores() -> int:
    """Number of cores of this machine."""
    return psutil.cpu_count(logical=False) or 1


def chosen_link(
    measure: bool | None, latency: float | None, bandwidth: float | None
) -> LinkSpeed | None:
    """The cost of an exchange: measured, or as given in us and GB/s."""
    for name, value in (("latency", latency), ("bandwidth", bandwidth)):
        if value is not None and not value > 0:
            raise ParameterError(
                "plan", f"{name}={value}", f"{name} is a number > 0", f"correct --{name}"
            )
    link = None if measure is False else machine_link(anew=bool(measure))
    if link is None and latency is not None and bandwidth is not None:
        link = LinkSpeed(0.0, 0.0)
    if link is None:
        return None
    return LinkSpeed(
        link.latency if latency is None else latency * 1e-6,
        link.per_byte if bandwidth is None else 1e-9 / bandwidth,
    )


def plan(
    *,
    model: ModelArgument,
    settings: SetOption = None,
    ranks: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of MPI ranks (1).")
    ] = None,
    threads: ThreadsOption = 1,
    nodes: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="K",
            help="Number of nodes they are on; by default as many like this machine as their "
            "threads fill.",
        ),
    ] = None,
    time: TimeOption = None,
    rate: RateOption = 5.0,
    rank: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="R",
            help="Build exactly what rank R of these (its first thread) would build, on this "
            "machine, and advance it with drawn spikes of the others: memory and time are "
            "measured.",
        ),
    ] = None,
    fits: Annotated[
        bool,
        typer.Option(
            "--fit",
            help="Propose nodes and ranks for --memory, --cores, --threads and, if given, --wall.",
        ),
    ] = False,
    memory: Annotated[
        float | None,
        typer.Option(metavar="GB", callback=finite, help="Memory of a node, for --fit (64 GB)."),
    ] = None,
    cores: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Cores of a node, for --fit (32).")
    ] = None,
    wall: WallOption = None,
    calibrate: CalibrateOption = None,
    latency: LatencyOption = None,
    bandwidth: BandwidthOption = None,
) -> None:
    """Say what a model needs on so many ranks: memory, messages, time. Nothing is built."""
    _refuse_unused(
        fits,
        {"--ranks": ranks, "--nodes": nodes, "--rank": rank},
        {"--memory": memory, "--cores": cores, "--wall": wall},
    )
    if fits:
        cluster = Cluster(
            32 if cores is None else cores,
            _node_memory(memory),
            None if wall is None else wall_seconds(wall),
            threads,
        )
        planned = PlannedModel(model, settings or [], time, rate)
        link = chosen_link(calibrate, latency, bandwidth)
        _say("trying numbers of nodes ...")
        found = fit(planned.network, planned.rates, planned.duration, cluster, link)
        print(f"{_fit_text(found)}\n\n{forecast_text(planned, found.forecast)}")
        return
    ranks = ranks or 1
    shape = JobShape(ranks, threads, nodes or min(ranks, -(-ranks * threads // own_cores())))
    check_shape(shape, rank)
    planned = PlannedModel(model, settings or [], time, rate)
    if rank is not None:
        print(_trial_text(planned, rank, shape))
        return
    link = chosen_link(calibrate, latency, bandwidth)
    print(forecast_text(planned, planned.forecast(shape, calibrate, link)))


def _refuse_unused(
    fits: bool, without_fit: Mapping[str, object], with_fit: Mapping[str, object]
) -> None:
    """Raise for options that say what ``--fit`` finds, or that only ``--fit`` asks for."""
    why = "--fit finds it" if fits else "only --fit asks for it"
    for option, value in (without_fit if fits else with_fit).items():
        if value is not None:
            raise typer.BadParameter(f"{why}; leave one of them out", param_hint=option)


def _node_memory(memory: float | None) -> float:
    if memory is not None and not memory > 0:
        raise ParameterError(
            "plan --fit", f"memory={memory:g} GB", "a node has more than 0 GB", "correct --memory"
        )
    return _GB * (64.0 if memory is None else memory)


def wall_seconds(text: str) -> float:
    """Seconds of a wall time ``[days-]hours:minutes:seconds``, ``minutes:seconds`` or minutes.

    Raises ParameterError if it is none of these.
    """
    text = text.strip()
    found = re.fullmatch(r"(?:(\d{1,6})-)?(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9})", text)
    if found is not None:
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    else:
        total = 60 * int(text) if re.fullmatch(r"\d{1,9}", text) else 0
    if not 0 < total <= _MOST_WALL:
        raise ParameterError(
            "wall",
            f"{text!r} is no wall time",
            "it is hours:minutes:seconds, as for sbatch, up to a year",
            "write, for instance, --wall 4:00:00",
        )
    return float(total)


def forecast_text(planned: PlannedModel, found: Forecast) -> str:
    """A forecast as text."""
    description, shape = planned.network.description, found.shape
    each = "thread" if shape.threads > 1 else "rank"
    heads = [
        f"{planned.name}: {description.n_neurons:,} neurons, "
        f"{planned.network.n_synapses:,.0f} synapses, on {shape}",
        *_trial_lines(planned.network.trials, found),
        "",
        f"{'':<26}{'min':>15}{'mean':>15}{'max':>15}",
        _spread(f"neurons per {each}", found.neurons),
        _spread(f"synapses per {each}", found.synapses),
        "",
        f"memory (MB) of rank {found.rank}, which has most synapses",
    ]
    memory = [
        _line(_part_name(part, description.size), value / _MB, 1)
        for part, value in found.memory.items()
        if value
    ]
    memory.append(_line("in all", sum(found.memory.values()) / _MB, 1))
    memory.append(_line("at the most, building", found.peak / _MB, 1))
    if not found.seconds:
        memory.append("(the program itself is an estimate until it is measured: --calibrate)")
    memory.append(f"all ranks together: {shape.ranks * found.peak / _GB:,.2f} GB")
    return "\n".join([*heads, *memory, "", *_exchange_lines(found), "", *_time_lines(found)])


def _trial_lines(trials: int, found: Forecast) -> list[str]:
    if trials == 1:
        return []
    if found.part == found.shape:
        return [f"{trials:,} trials, whose neurons are divided among the ranks"]
    return [
        f"{trials:,} trials, at most {found.trials:,} on each rank; all that follows is of these"
    ]


def _exchange_lines(found: Forecast) -> list[str]:
    interval = found.budget.interval * found.budget.dt
    traffic = found.traffic
    lines = [
        f"exchange every {interval:g} ms ({found.budget.interval} steps), of "
        f"{traffic.spikes:,.1f} spikes at a mean rate of {found.rate * 1e3:g} Hz"
    ]
    if found.part.size == 1:
        return [lines[0].replace("exchange", "interval of spikes", 1)]
    who = "all threads" if found.part.ranks == 1 else "all ranks"
    if found.in_shared_memory:
        lines.append(f"{who} read them in {found.buffers / _MB:,.3f} MB of memory that they share")
        return lines
    lines.append(
        f"each rank sends {traffic.bytes_sent:,} bytes and receives {traffic.bytes_received:,}, "
        f"{1e3 / interval:,.0f} times per biological second"
    )
    return lines


def _time_lines(found: Forecast) -> list[str]:
    if not found.seconds:
        return ["time: nothing was measured yet on this machine; --calibrate does it"]
    each = "thread" if found.shape.threads > 1 else "rank"
    lines = [f"time (s) for {found.duration:g} ms, with a core for each {each}"]
    lines += [_line(part, value, 3) for part, value in found.seconds.items()]
    lines.append(_line("in all", found.wall_seconds, 3))
    if found.part.size > 1 and "exchange" not in found.seconds:
        lines.append("(without the exchange: no MPI was found; give --latency and --bandwidth)")
    return lines


def _fit_text(found: Fit) -> str:
    nodes = f"{found.nodes} node{'s' if found.nodes > 1 else ''}"
    threads = found.forecast.shape.threads
    of_threads = f" of {threads} threads" if threads > 1 else ""
    return (
        f"proposed: {nodes} with {_ranks(found.ranks_per_node)}{of_threads} each, "
        f"{found.node_bytes / _GB:,.1f} GB on a node, {found.forecast.wall_seconds:,.0f} s"
    )


def check_shape(shape: JobShape, rank: int | None = None) -> None:
    """Raise for a job that cannot be, or a `rank` that it does not have."""
    if shape.size > MOST_PARTS:
        raise ParameterError(
            "plan",
            f"{_ranks(shape.ranks)} of {shape.threads:,} threads",
            f"there are at most {MOST_PARTS:,} threads in all",
            "take fewer",
        )
    if shape.nodes > shape.ranks:
        raise ParameterError(
            "plan",
            f"{_ranks(shape.ranks)} on {shape.nodes} nodes",
            "each node has one at least",
            "correct --ranks or --nodes",
        )
    if rank is not None and rank >= shape.ranks:
        raise ParameterError(
            "plan",
            f"rank {rank} of {_ranks(shape.ranks)}",
            f"ranks are numbered from 0 to {shape.ranks - 1}",
            "correct --rank or --ranks",
            rank=rank,
        )


def _trial_text(planned: PlannedModel, rank: int, shape: JobShape) -> str:
    """Measure the first thread of a rank, and say what came of it beside what is expected."""
    part, size = shape.parts_of(rank)[0], shape.size
    thread = f", the first of its {shape.threads} threads" if shape.threads > 1 else ""
    description = planned.network.description
    senders = [
        Senders(first, group.size, group.size * rate * description.dt)
        for first, group, rate in zip(
            description.first_gids, description.groups, planned.rates, strict=True
        )
    ]
    _say(f"building rank {rank} of {shape.ranks} ...")
    expected = planned.network.of_rank(part, size)
    _, in_shared_memory = message_buffer_bytes(shape, expected)
    trial = trial_in_child(
        TrialJob(description, part, size, senders, in_shared_memory=in_shared_memory)
    )
    lines = [
        f"{planned.name}: rank {rank} of {shape.ranks}{thread}, measured on this machine",
        "",
        _line("neurons", trial.neurons, 0),
        _line("synapses", trial.synapses, 0),
        _line("  as planned", expected.synapses, 0),
        _line("arrays, MB", trial.arrays / _MB, 1),
        _line("  as planned", expected.built / _MB, 1),
        _line("process before, MB", trial.before / _MB, 1),
        _line("most while building, MB", trial.built / _MB, 1),
        _line("most in all, MB", trial.peak / _MB, 1),
        _line("build, s", trial.seconds["build"], 3),
        _line("load program, s", trial.seconds["compile"], 3),
        "",
        f"{trial.steps:,} steps with {trial.spikes_per_step:,.2f} spikes of all ranks in each",
        *_per_unit(trial),
        _line("wall s per biological s", _seconds_of_steps(trial) / trial.steps
              / description.dt * 1e3, 3),
    ]  # fmt: skip
    return "\n".join(lines)


def _per_unit(trial: Trial) -> list[str]:
    parts: dict[str, tuple[str, int]] = {
        "update": ("ns per neuron and step", trial.updates),
        "draws": ("ns per Poisson count", trial.draws),
        "delivery": ("ns per synaptic event", trial.events),
        "merge": ("ns per spike of any rank", trial.spikes),
        "calls": ("ns per exchange, without the MPI", trial.exchanges),
    }
    return [
        f"{part:<26}{trial.seconds[part]:>15.3f} s{trial.seconds[part] * _NS / n:>15,.2f} {unit}"
        for part, (unit, n) in parts.items()
        if n
    ]


def _seconds_of_steps(trial: Trial) -> float:
    return sum(trial.seconds[part] for part in ("update", "draws", "delivery", "merge", "calls"))


def _part_name(part: str, size: int) -> str:
    return f"{part} ({size:,})" if part == LOOKUP and size < 1e6 else part


def _ranks(n: int) -> str:
    return f"{n:,} rank{'s' if n != 1 else ''}"


def _line(name: str, value: float, digits: int) -> str:
    return f"{name:<26}{value:>15,.{digits}f}"


def _spread(name: str, values: np.ndarray) -> str:
    spread: list[Any] = [values.min(), values.mean(), values.max()]
    return f"{name:<26}" + "".join(f"{value:>15,.0f}" for value in spread)


def _say(text: str) -> None:
    sys.stderr.write(f"distsnn: {text}\n")
    sys.stderr.flush()
