"""Building a network: the neurons and synapses of each thread of a rank before the first step."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import perf_counter

from distsnn.assemble.monitors.probe import Probe, recorded_variables
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.assemble.rank.trial_build import trial_build
from distsnn.assemble.recognition.recognize import recognized
from distsnn.assemble.tables.build_tables import no_progress
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.set_between_runs import as_set
from distsnn.describe.synapses.equation_based import Statements
from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.exchange import Team, World, raising_together
from distsnn.forecast.enough_memory import check_memory
from distsnn.front.network.build_warnings import warn_of_undivided_groups, warn_of_unlikely
from distsnn.front.network.built_network import BuiltNetwork, Worker
from distsnn.front.network.members import Members
from distsnn.front.network.saved.settings_between_runs import Settings, settings_of
from distsnn.run.progress import BuildProgress
from distsnn.run.summary import SynapsesWay

TABLE, PLASTIC, CODE = "table", "plastic table", "generated code"
_log = logging.getLogger("distsnn")


@dataclass(frozen=True)
class BuildOptions:
    """Options of building a network.

    Attributes
    ----------
    threads : int
        Number of threads of each rank.
    progress : bool, optional
        Whether rank 0 shows progress; by default where it lasts longer than a second.
    force : bool
        Whether it is built however much memory it takes.
    tabulated : collection of str or None
        Names of the equation-based synapses that are put in plastic tables; None for all that can.
    settings : mapping or None
        What users had set when the network was first built; None for what they have set now.
    first : list of RankBuild or None
        Of a trial: what each thread has built of the first one and not run, so that tables are
        shared; the first trial fills the list. None without trials.
    """

    threads: int
    progress: bool | None = False
    force: bool = False
    tabulated: Collection[str] | None = None
    settings: Mapping[str, Settings] | None = None
    first: list[RankBuild] | None = None


def build_network(
    world: World, members: Members, base: NetworkDescription, options: BuildOptions
) -> BuiltNetwork:
    """Build a network. Collective.

    Raises NotEnoughMemoryError if the network needs more memory than there is, and DistsnnError if
    an object is not complete, or synapses cannot be drawn.

    Parameters
    ----------
    base : NetworkDescription
        Their description when the network was first built; delays and rules are as they are now.
    """
    team = Team(world, options.threads)
    with raising_together(world, "building"):
        members.check_complete()
        settings = options.settings or settings_of(members.described)
        clocks = base.dt, base.clocks
        now = members.describe(clocks, base.seed, base.changes, base.draws)
        described = as_set(base, now)
        probes = members.probes(members.monitors)
        readers = [probe for probe in probes if probe is not None]
        description = recognized(
            described, _with_traces(base, options.tabulated), recorded_variables(readers)
        )
    # Of trials it is asked before the first is built.
    if not options.force and options.first is None:
        check_memory(world, description, options.threads)
    with raising_together(world, "building"):
        begin = perf_counter()
        builds = _build_all(world, team, description, readers, options)
        seconds = {"build": perf_counter() - begin}
    begin = perf_counter()
    workers = team.run(lambda of: Worker.of(of, builds[of.thread]))
    seconds["compiling"] = perf_counter() - begin
    built = BuiltNetwork(base, settings, team, workers, probes, seconds)
    built.described = described
    if world.rank == 0:
        warn_of_unlikely(base)
        _log_methods(built.build)
        for way in synapse_ways(built):
            _log.info("synapses %s", way)
        warn_of_undivided_groups(built.build.description, team.worlds[0].size)
    return built


def _with_traces(base: NetworkDescription, tabulated: Collection[str] | None) -> set[int]:
    """Synapses that must not be in plastic tables, by index."""
    if tabulated is None:
        return set()
    return {index for index, s in enumerate(base.synapses) if s.name not in tabulated}


def _build_all(
    world: World,
    team: Team,
    description: NetworkDescription,
    probes: list[Probe],
    options: BuildOptions,
) -> list[RankBuild]:
    """Build the part of each thread."""
    first = options.first
    if first is None:
        return _drawn(world, team, description, probes, options)
    if not first or not _fits(first[0], description, probes):
        first[:] = _drawn(world, team, description, probes, options)
    return team.run(lambda of: trial_build(first[of.thread], description))


def _fits(first: RankBuild, description: NetworkDescription, probes: list[Probe]) -> bool:
    """Whether a trial can have the tables of another one: the same is recognized and recorded."""
    pairs = [
        [(s.name, s.pair is None, s.needs_code) for s in one.synapses]
        for one in (first.description, description)
    ]
    return pairs[0] == pairs[1] and len(first.probed) == len(probes)


def _drawn(
    world: World,
    team: Team,
    description: NetworkDescription,
    probes: list[Probe],
    options: BuildOptions,
) -> list[RankBuild]:
    """Build the part of each thread, with its synapses."""
    expected = sum(
        p.rule.expected_number(p.source.size, p.target.size, p.shift)
        for p in description.projections
    ) / (world.size * options.threads)
    shown = options.progress is not False and world.rank == 0
    bar = BuildProgress(shown, expected, options.progress is True)
    try:
        return team.run(
            lambda of: build_rank(
                description,
                of.rank,
                of.size,
                bar.add if of.thread == 0 else no_progress,
                probes,
            )
        )
    finally:
        bar.close()
        for p in description.projections:
            if isinstance(p.rule, StoredRule):
                p.rule.release()


def synapse_ways(built: BuiltNetwork) -> tuple[SynapsesWay, ...]:
    """The way in which the synapses of each object act."""
    return tuple(
        SynapsesWay(s.name, CODE, s.effect.reason)
        if isinstance(s.effect, Statements)
        else SynapsesWay(s.name, TABLE if s.effect.stdp is None else PLASTIC, "")
        for s in built.build.description.synapses
    )


def _log_methods(build: RankBuild) -> None:
    for g, form in build.forms.items():
        group = build.description.groups[g]
        if isinstance(group, NeuronDescription) and not group.model.method and form.states:
            _log.info(
                "%s: integrated by the method %r, chosen from the equations",
                group.name,
                form.method,
            )
