"""Synapses between groups, of connections between neurons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distsnn.describe.models.parameters import OF_EQUATIONS
from distsnn.describe.models.receptors.group_receptors import receptor_variables
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import Operation
from distsnn.describe.synapses.rules import AllToAll, OneToOne, Pairs
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import Distribution, LogNormal, value_bounds
from distsnn.errors import ParameterError
from distsnn.front.neurons.linked_variables import linked_var
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.nest.connections.computed_values import computed
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.connections.explicit import explicit_edges, known_edges, spatial_pairs
from distsnn.nest.connections.ports import DEPRESSING
from distsnn.nest.models.device_kinds import WEIGHTS
from distsnn.nest.models.model_table import TRIPLET
from distsnn.nest.network_parts.connection_part import ConnectionPart
from distsnn.nest.network_parts.late_connections import LateConnections
from distsnn.nest.network_parts.modulators import Modulators
from distsnn.nest.network_parts.network_parrots import PARROTS
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.simulation.cell_groups import Places, Source
from distsnn.nest.space.spatial_pairs import SpatialRule, SpatialRuleOfSources
from distsnn.nest.values.parameter import Parameter
from distsnn.nest_models.cell_model import SummingModel
from distsnn.nest_models.saturating_nmda import NMDA, SATURATING, saturation
from distsnn.nest_models.statement_kind import MODULATOR, PREFIX, StatementKind
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES, STATEMENTS, STATIC
from distsnn.nest_models.synapse_kinds import OF_ALL, Rules, SynapseKind


@dataclass(frozen=True, eq=False)
class JoinedGroups:
    """All groups that spike, and those of neurons among them.

    Attributes
    ----------
    places : Places
    sources : sequence of Source
    cells : mapping of int to Cells
    modulators : Modulators
    late : LateConnections
    common : callable
        Gives what all models depend on, see `Kernel.common`.
    """

    places: Places
    sources: Sequence[Source]
    cells: Mapping[int, Cells]
    modulators: Modulators
    late: LateConnections
    common: Callable[[], Mapping[str, Any]]


def make_parts(connection: Connection, ends: JoinedGroups, seed: int) -> list[ConnectionPart]:
    """The synapses of one call of ``Connect`` onto neurons."""
    whole = _whole(connection, ends)
    return [whole] if whole is not None else _by_pairs(connection, ends, seed)


def _whole(connection: Connection, ends: JoinedGroups) -> ConnectionPart | None:
    """The connections as one rule between slices of two groups, if they are that."""
    rule = connection.rule.built_in
    spatial = rule is None and connection.rule.spatial
    if (rule is None and not spatial) or connection.edges is not None or connection.shared:
        return None
    if connection.base in STATEMENTS or (WEIGHTS in connection.nodes and not plastic(connection)):
        return None
    source = ends.places.range_of(connection.source)
    target = ends.places.as_target.range_of(connection.target)
    port = connection.values["receptor_type"]
    weight, delay = (_law(connection, name) for name in ("weight", "delay"))
    if None in (source, target, weight, delay) or not isinstance(port, int | float):
        return None
    reached = ends.late.reached(connection.name, connection.source)
    if reached.any() != reached.all():
        return None
    assert source is not None
    assert target is not None
    if target[0] not in ends.cells or ends.cells[target[0]].name in {DEPRESSING, PARROTS}:
        return None
    if _saturates(ends.cells[target[0]], int(port)) and not isinstance(weight, float):
        return None
    if ends.cells[target[0]].cell.early:
        return None
    sign = _sign(weight)
    drawn = {"weight", "delay"}
    others = (v for name, v in connection.values.items() if name not in drawn)
    if sign is None or any(isinstance(v, np.ndarray | Parameter) for v in others):
        return None
    if isinstance(rule, OneToOne) and source[2] - source[1] != target[2] - target[1]:
        return None
    if rule is None:
        pairs = spatial_pairs(connection)
        rule = SpatialRule(pairs) if pairs.by_target else SpatialRuleOfSources(pairs)
    made = _Made(connection, ends, connection.values)
    part = made.part(source, target, (weight, delay, sign), int(port), rule, None)
    ends.late.let_reach(part.synapses, reached)
    return part


def _saturates(cells: Cells, port: int) -> bool:
    return cells.name in SATURATING and port == NMDA


def plastic(connection: Connection) -> bool:
    """Whether a rule of the engine changes the weights."""
    return len(ALL_SYNAPSES[connection.base].defaults) > len(OF_ALL)


def _law(connection: Connection, name: str) -> float | Distribution | Computed | None:
    """A value as a number or distribution of the engine or as computed by it, if it is one."""
    given = connection.values[name]
    if isinstance(given, Parameter):
        return computed(connection, name) if given.law is None else given.law
    return given if isinstance(given, float) else None


def _sign(weight: Any) -> float | None:
    """The sign that all weights have; None if both occur."""
    low, high = value_bounds(weight)
    if low >= 0:
        return 1.0
    return -1.0 if high <= 0 else None


def _flipped(weight: Any) -> Any:
    """Weights with the other sign."""
    if isinstance(weight, float | np.ndarray):
        return -weight
    if isinstance(weight, Computed):
        return weight.negated()
    assert not isinstance(weight, LogNormal)
    if hasattr(weight, "mean"):
        return replace(weight, mean=-weight.mean, low=-weight.high, high=-weight.low)
    return replace(weight, low=-weight.high, high=-weight.low)


def _by_pairs(connection: Connection, ends: JoinedGroups, seed: int) -> list[ConnectionPart]:
    """The connections one by one, apart by groups, receptors and what synapses share."""
    edges = explicit_edges(connection, seed)
    ports = edges.values["receptor_type"]
    weight, delay = edges.values["weight"], edges.values["delay"]
    kind = ALL_SYNAPSES[connection.base]
    together = {"weight", *kind.varying}
    if not isinstance(kind, StatementKind) or not kind.one_delay:
        together.add("delay")
    apart = [name for name in edges.values if name not in together]
    to_places = ends.places.as_target
    columns = [ends.places.group[edges.source], to_places.group[edges.target], weight < 0]
    columns += [edges.values[name] for name in apart]
    columns.append(reached := ends.late.reached(connection.name, edges.source))
    parts = []
    for at in _alike(columns):
        values = {**connection.values}
        for name, of in edges.values.items():
            values[name] = of[at] if name in kind.varying else float(of[at[0]])
        group, to, negative = (int(column[at[0]]) for column in columns[:3])
        source, target = ends.places.index[edges.source[at]], to_places.index[edges.target[at]]
        sign = -1.0 if negative else 1.0
        port = int(ports[at[0]])
        made = _Made(connection, ends, values)
        if port == 1 and ends.cells[to].name == DEPRESSING:
            made, port = made.of_source(group, source), 0
        made.ending = "_reached" if reached[at[0]] else ""
        sizes = ends.sources[group].gids.size, ends.sources[to].gids.size
        given = _one(weight[at]), _one(delay[at]), sign
        part = made.part(
            (group, 0, sizes[0]),
            (to, 0, sizes[1]),
            given,
            port,
            Pairs(source, target),
            at,
        )
        ends.late.let_reach(part.synapses, reached[at])
        parts.append(part)
    return parts


def _alike(columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Places of the connections that are alike in all of some columns (n,), by their values."""
    kind, number = np.zeros(columns[0].size, dtype=np.int64), 1
    if not kind.size:
        return []
    for column in columns:
        if (column != column[0]).any():
            values, own = np.unique(column, return_inverse=True)
            kind, number = kind * values.size + own, number * values.size
        if number > 1 << 31:
            values, kind = np.unique(kind, return_inverse=True)
            number = values.size
    # Numbers of 16 bits are sorted in time that is in proportion to their number.
    order = np.argsort(kind.astype(np.uint16) if number <= 1 << 16 else kind, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(kind[order])) + 1)


def _one(values: np.ndarray) -> float | np.ndarray:
    return float(values[0]) if values.size and (values == values[0]).all() else values


class _Made:
    """Makes the synapses of one part."""

    def __init__(
        self, connection: Connection, ends: JoinedGroups, values: Mapping[str, Any], base: str = ""
    ) -> None:
        self.connection, self.ends, self.values = connection, ends, values
        # Behind the names of parts that spikes of the last slice reach.
        self.ending = ""
        self.kind = ALL_SYNAPSES[base or connection.base]
        if WEIGHTS in connection.nodes:
            if not isinstance(self.kind, StatementKind) and not plastic(connection):
                self.kind = STATIC
            if isinstance(self.kind, StatementKind):
                self.kind = self.kind.recorded()

    def of_source(self, group: int, source: np.ndarray) -> _Made:
        """The same with the short-term depression of neurons that have it themselves."""
        name, base = self.connection.name, "tsodyks_synapse"
        if group not in self.ends.cells or self.ends.cells[group].name != DEPRESSING:
            raise ParameterError(
                f"nest.Connect: {name}", f"receptor_type=1 of {DEPRESSING} from another model",
                f"sources are {DEPRESSING} too", "leave receptor_type out",
            )  # fmt: skip
        cells = self.ends.cells[group]
        own = {
            n: np.broadcast_to(cells.given[n], cells.gids.size)[source]
            for n in sorted(ALL_SYNAPSES[base].varying)
        }
        return _Made(self.connection, self.ends, {**self.values, **own}, base)

    def part(
        self,
        source: tuple[int, int, int],
        target: tuple[int, int, int],
        given: tuple[Any, Any, float],
        port: int,
        rule: Any,
        at: np.ndarray | None,
    ) -> ConnectionPart:
        """The part from a slice to another (group, start, stop) by a rule."""
        cells = self.ends.cells[target[0]]
        receptor, flip = receptor_of(cells, port, given[2] < 0, self.connection.name)
        weight, delay = (_flipped(given[0]) if flip else given[0]), given[1]
        of, to = self.ends.sources[source[0]], self.ends.sources[target[0]]
        name = f"connect_{self.connection.number}"
        if at is not None:
            name += f"_{source[0]}_{target[0]}_{port}_{int(given[2] < 0)}{self.ending}"
        ends = of.group[source[1] : source[2]], cells.group[target[1] : target[2]]
        factor = 1.0
        kind, made = self._kind_onto(cells), cells.cell.receptors[receptor]
        ahead = _ahead(kind, made)
        synapses: ReadySynapses | EquationSynapses
        if isinstance(kind, StatementKind):
            synapses = self._with_statements(kind, ends, cells, receptor, name, delay)
            synapses.connect(rule)
            self._assign(kind, synapses, weight, delay, (_early(kind, cells), ahead))
        else:
            rules = self._rules(cells)
            if _saturates(cells, port):
                rules, factor = self._saturating(source[0], rules)
                weight = factor * weight
            if cells.cell.early:
                delay = delay - cells.cell.early * self.connection.dt
            delays = (0.0, delay) if rules.stdp is not None else (delay, 0.0)
            synapses = ReadySynapses(
                *ends, made, weight=weight, delay=delays[0], dendritic_delay=delays[1],
                stp=rules.stp, stdp=rules.stdp, name=name,
            )  # fmt: skip
            synapses.connect(rule)
        return ConnectionPart(
            synapses,
            (-1.0 if flip else 1.0) / factor,
            at,
            of.gids[source[1] : source[2]],
            to.gids[target[1] : target[2]],
            port,
            early=_early(kind, cells) - kind.late,
            ahead=ahead,
            negative=None if _acts_alike(cells, port) else given[2] < 0,
        )

    def _kind_onto(self, cells: Cells) -> SynapseKind:
        """The model for a target, which has what it reads.

        Raises
        ------
        ParameterError
            If it has not.
        """
        kind = self.kind
        if isinstance(kind, StatementKind) and kind.of_models:
            if cells.name in kind.of_models:
                return kind.of_models[cells.name]
            raise ParameterError(
                f"nest.Connect: {self.connection.name}",
                f"the target is {cells.name}",
                f"it acts on {', '.join(kind.of_models)}",
                "connect one of these",
            )
        if not isinstance(kind, StatementKind) or not kind.of_target:
            return kind
        model = cells.cell.model
        if not isinstance(model, SummingModel) or not kind.of_target <= model.looked_back.keys():
            raise ParameterError(
                f"nest.Connect: {self.connection.name}",
                f"the target is {cells.name}",
                "it acts on neurons with traces of their potential",
                "connect aeif_psc_delta_clopath or hh_psc_alpha_clopath",
            )
        here = kind.arrives_in in cells.group.variables()
        return kind if here or kind.else_where is None else kind.else_where

    def _with_statements(
        self, kind: StatementKind, ends: Any, cells: Cells, receptor: int, name: str, delay: Any
    ) -> EquationSynapses:
        made = cells.cell.receptors[receptor]
        variable = receptor_variables(cells.group.receptors)[receptor]
        variable = kind.arrives_in or variable
        # Those of astrocytes are multiples of a concentration.
        unit = OF_EQUATIONS.get(made.weight_unit, "1")
        dt = self.connection.dt
        steps = int(np.max(_steps(delay, dt))) if kind.one_delay else 0
        given = {**self.values, **self.ends.common(), "tau_minus": cells.cell.tau_minus}
        ahead = _ahead(kind, made)
        spelled = kind.statements(given, f"{variable}_post", steps)
        source, target = ends
        found = EquationSynapses(
            source,
            target,
            kind.model(given, unit, dt, steps - ahead),
            on_pre=spelled.on_pre,
            on_post=spelled.on_post or None,
            method="euler" if kind.modulated else None,
            name=name,
        )
        if spelled.each_step:
            code = spelled.each_step
            found.add_operation(Operation("*_each_step", code, 0, 0, 0.0, kind.when, 0))
        if spelled.on_post:
            found.post.order = -1
        if ahead:
            for pathway in (found.pre, *([found.post] if spelled.on_post else ())):
                pathway.when = "before_groups"
        if kind.modulated:
            # Events that act before the flow of their step find that of the step before.
            modulator = self.ends.modulators.group(self.connection, given["tau_n"], steps - ahead)
            setattr(found, MODULATOR, linked_var(modulator, "level"))
        return found

    def _assign(
        self,
        kind: StatementKind,
        synapses: EquationSynapses,
        weight: Any,
        delay: Any,
        sooner: tuple[int, int],
    ) -> None:
        dt, (early, ahead) = self.connection.dt, sooner
        given = {"w": weight, "d": _steps(delay, dt) * dt, **kind.states}
        given |= {name: self.values[name] for name in sorted(kind.varying)}
        given |= kind.begins(self.ends.common())
        synapses.delay = delay - (early + ahead) * dt
        if kind.on_post({**self.values, "tau_minus": 1.0}):
            # They have come back to the synapse, and spikes of the source are seen as they arrive.
            synapses.post.delay = 2.0 * delay - ahead * dt
        for name, value in given.items():
            setattr(synapses, PREFIX + name, value)

    def _saturating(self, source: int, rules: Rules) -> tuple[Rules, float]:
        """The depression of spikes of a group at NMDA receptors, and a factor of weights."""
        of = self.ends.cells.get(source)
        if of is None or of.name not in SATURATING or rules.stdp or rules.stp:
            raise ParameterError(
                f"nest.Connect: {self.connection.name}",
                "receptor_type NMDA of iaf_bw_2001 from another model, or by plastic synapses",
                "sources are iaf_bw_2001 too, and synapses static",
                "choose another receptor_type",
            )
        stp, factor = saturation(of.given)
        return Rules(stp=stp), factor

    def _rules(self, cells: Cells) -> Rules:
        of_target = {name: cells.given[name] for name in TRIPLET if name in cells.given}
        return self.kind.rules({**self.values, **of_target}, cells.cell.tau_minus)


def _early(kind: SynapseKind, cells: Cells) -> int:
    """By how many steps events act before their delay has passed."""
    return cells.cell.early or int(isinstance(kind, StatementKind) and bool(kind.arrives_in))


def _ahead(kind: SynapseKind, receptor: Receptor) -> int:
    """By how many steps delays are shorter, as events act before the thresholds of a step."""
    return int(
        isinstance(kind, StatementKind) and receptor.before_threshold and not kind.arrives_in
    )


def _steps(delay: Any, dt: float) -> np.ndarray:
    """Delays (ms) as steps."""
    return np.floor(np.asarray(delay) / dt + 0.5 + 1e-9)


def receptor_of(cells: Cells, port: int, negative: bool, where: str) -> tuple[int, bool]:
    """Index of the receptor for weights of one sign, and whether the sign is turned.

    Raises
    ------
    ParameterError
        If there is no such port.
    """
    if cells.name == PARROTS:
        # What it repeats is carried by other synapses.
        return 1, False
    found = cells.cell.receptor(port, negative)
    if found is None:
        allowed = (
            f"ports are 1 to {len(cells.cell.receptors)}"
            if cells.cell.by_port
            else "its receptor_type is 0, and the sign of the weight says which receptor it is"
        )
        raise ParameterError(
            f"nest.Connect: {where}", f"receptor_type={port} of {cells.name}", allowed, "correct it"
        )
    return found, negative and cells.cell.magnitudes


def _acts_alike(cells: Cells, port: int) -> bool:
    """Whether weights of both signs act on the same receptor, or on two that do the same."""
    if cells.name == PARROTS or cells.cell.magnitudes:
        return cells.name == PARROTS
    first, second = (cells.cell.receptor(port, negative) for negative in (False, True))
    if first is None or second is None:
        return False
    one, other = (cells.cell.receptors[k] for k in (first, second))
    taus = [np.asarray(getattr(receptor, "tau", 0.0)) for receptor in (one, other)]
    return one is other or (type(one) is type(other) and np.array_equal(taus[0], taus[1]))


def edges_of(connection: Connection, parts: Sequence[ConnectionPart], seed: int) -> Edges:
    """All connections of a call one by one."""
    if connection.edges is not None or len(parts) != 1 or parts[0].at is not None:
        return explicit_edges(connection, seed)
    part = parts[0]
    by_target = connection.rule.spatial and connection.rule.name != "fixed_outdegree"
    assert isinstance(part.synapses, ReadySynapses)
    i, j = part.synapses.i, part.synapses.j
    if isinstance(connection.rule.built_in, AllToAll) or by_target:
        # They are listed by target, as where they are drawn one by one.
        part.at = np.argsort(np.lexsort((i, j)))
        listed = known_edges(connection, seed)
        if listed is not None:
            return listed
        part.at = None
    n = i.size
    plastic = part.synapses.stdp is not None
    delays = part.synapses.dendritic_delay if plastic else part.synapses.delay
    values = {
        "weight": np.empty(0),
        "delay": np.broadcast_to(np.asarray(delays), (n,)),
        "receptor_type": np.full(n, float(part.port)),
    }
    return Edges(part.source[i], part.target[j], values)
