"""Synapses between groups: what built-in ones and those with statements have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from distsnn.assemble.values.draws import drawn_values
from distsnn.describe.checks.settable import Given
from distsnn.describe.keys import draw_key, stream_key
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import Operation
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given import Uniform
from distsnn.errors import NotConnectedError, ParameterError
from distsnn.front.names.named import called, checked_name
from distsnn.front.names.scope import (
    Clock,
    current_seed,
    defaultclock,
    next_creation_index,
    next_draw,
    take_number,
)
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.linked_variables import refuse_built
from distsnn.front.neurons.regular_operations import RegularOperation, RunsAt, checked_operation
from distsnn.front.neurons.target_checks import as_slice
from distsnn.front.switched import Switched
from distsnn.front.synapses.connect import ConnectArguments
from distsnn.front.synapses.synapses_as_end import SynapsesEnd, slice_of_end


class SynapsesOwner(Protocol):
    """The network that synapses belong to, as far as they know it."""

    @property
    def built(self) -> bool:
        """Whether the network has been built, so that synapses are fixed."""

    @property
    def description(self) -> NetworkDescription:
        """The network as it is now."""

    @property
    def group_index(self) -> dict[int, int]:
        """Index of each group by its id()."""

    @property
    def seed(self) -> int:
        """Seed of all random draws."""

    def has_built(self, synapses: Synapses) -> bool:
        """Whether all synapses of an object are there."""


class Synapses(RunsAt, Switched):
    """Synapses from one group to another: onto a built-in receptor, or with equations as a string.

    ``Synapses(source, target, receptor, weight=..., delay=...)`` makes synapses onto a receptor;
    see `ReadySynapses`. ``Synapses(source, target, 'w : 1', on_pre='v_post += w')`` makes
    synapses with equations and statements in the dialect of Brian 2; see `EquationSynapses`.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(100, snn.LIF())
    >>> exc = snn.Exponential(tau=5 * snn.ms)
    >>> S = snn.Synapses(cells, cells, exc, weight=20 * snn.pA, delay=1.5 * snn.ms)
    >>> S.connect(p=0.1)
    """

    INTERNAL = frozenset(
        {
            "add_operation",
            "be_joined",
            "belong_to",
            "check_connected",
            "check_set",
            "describe",
            "operations",
            "own_dt",
            "own_order",
            "restore",
            "settings",
            "since",
        }
    )

    _kinds: dict[str, type[Synapses]] = {}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Given) -> None: ...

    def __init_subclass__(cls, kind: str | None = None, **options: Any) -> None:
        """Take part as the `kind` of synapses that the constructor chooses, if it is one."""
        super().__init_subclass__(**options)
        if kind is not None:
            Synapses._kinds[kind] = cls

    def __new__(cls, *values: Any, **given: Any) -> Self:
        """Choose the kind of synapses: built-in ones have a receptor, others equations."""
        kind: Any = cls
        if cls is Synapses:
            model = values[2] if len(values) > 2 else given.get("model")
            built_in = isinstance(model, Receptor) or "receptor" in given or "weight" in given
            kind = Synapses._kinds["built-in" if built_in else "equations"]
        made: Self = super().__new__(kind)
        return made

    def _called(self) -> str:
        return self._name or "Synapses"

    _kind = "Synapses"
    _joined = False

    def _number(self) -> tuple[float, bool]:
        """Number of synapses, and whether it is exact; nothing is drawn for it."""
        sizes = len(self.source), len(self.target), self._shift
        exact = [rule.exact_number(*sizes) for rule in self._rules]
        if None not in exact:
            return sum(n for n in exact if n is not None), True
        return sum(rule.expected_number(*sizes) for rule in self._rules), False

    @property
    def _way(self) -> str:
        """The way in which they act, once they are built: a kind of table, or generated code."""
        return "" if self._owner is None else self._owner.way_of(self._name)

    # That of built-in synapses does not matter.
    _clock: Clock | None = None
    # What sorts the update of equations within its slot, before the name.
    own_order = 0

    @property
    def clock(self) -> Clock:
        """The clock of clock-driven equations."""
        return self._clock or defaultclock

    @property
    def own_dt(self) -> float | None:
        """Time step (ms) of its own clock, None for that of all objects without one."""
        return None if self._clock is None else float(self._clock.dt)

    def _join(
        self,
        where: str,
        source: SpikeSource | Subgroup,
        target: SpikeSource | Subgroup,
        name: str | None,
    ) -> None:
        self._name = checked_name(where, name)
        self.source = self._end(where, "source", source)
        self.target = self._end(where, "target", target)
        self._rules: list[ConnectionRule] = []
        # The step that came next when each `connect` was added to a network that had run, or 0.
        self.since: list[int] = []
        # What keys the draws of each, see `Connect`.
        self._draws: list[tuple[int, int] | None] = []
        self._connected = False
        self.creation_index = next_creation_index()
        self._owner: Any = None

    def _end(self, where: str, role: str, end: object) -> Subgroup:
        """The slice that an end of the synapses stands for."""
        if isinstance(end, Synapses):
            raise ParameterError(
                where,
                f"the {role} is {called(end)}",
                "synapses onto a receptor join groups or slices of groups",
                "write synapses with equations, which join other synapses too",
            )
        return as_slice(where, role, end)

    def describe(self, group_index: dict[int, int]) -> SynapsesDescription:
        """The description; `group_index` maps id(group) to its index."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        raise NotImplementedError

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        raise NotImplementedError

    def connect(  # noqa: PLR0913 - the signature of Brian 2
        self,
        condition: ConnectionRule | Matrix | ArrayLike | None = None,
        i: Any = None,
        j: Any = None,
        p: float | str = 1.0,
        n: int | str = 1,
        skip_if_invalid: bool = False,
        namespace: Mapping[str, Any] | None = None,
        *,
        autapses: bool = True,
    ) -> None:
        """Make synapses; further calls add further ones.

        Without arguments every source is joined to every target. Expressions are in the dialect of
        Brian 2, over ``i``, ``j``, ``N_pre``, ``N_post``, variables ``x_pre`` and ``x_post`` of
        the groups as they are set when this is called, the synapses' own subexpressions, numbers,
        functions and ``rand()``.

        Parameters
        ----------
        condition : str, bool, ConnectionRule, Matrix, matrix or sparse matrix, optional
            Condition on pairs, such as ``'i != j'``; or ``AllToAll``, ``OneToOne``, ``Pairs``,
            ``Bernoulli``, ``FixedIndegree``, ``FixedOutdegree`` or ``FixedTotalNumber``; or a
            matrix (n_source, n_target) that is not zero where there is a synapse, see `Matrix`. An
            array of weights or delays of built-in synapses has the shape (n_source, n_target) for
            ``AllToAll``, (n,) for ``OneToOne`` and ``Pairs``, (n_target, indegree) and (n_source,
            outdegree) for fixed degrees.
        i, j : int, array-like of int (n,), or str, optional
            Explicit synapses i[m] -> j[m]; a number is joined to each of the other. Or one of
            them as a generator, run for each value of the other: ``j='i'``, ``j='i+1 if i <
            N_pre-1'``, ``j='k for k in range(i-3, i+4) if i != k'``, ``j='k for k in
            sample(N_post, p=0.1)'``, ``i='k for k in sample(N_pre, size=10)'``.
        p : float or str
            Each pair (that fulfils the condition, or is listed) is joined with this probability.
        n : int or str
            Number of synapses of each pair.
        skip_if_invalid : bool
            Whether indices outside the groups that a generator gives are passed over.
        namespace : mapping, optional
            Where names in expressions are looked for, instead of in the code that calls this.
        autapses : bool
            Without a rule or text: whether a neuron may be joined to itself.

        Raises
        ------
        ConnectivityError
            If the arguments do not fit, the rule cannot be met, or an index lies outside its group.
            Where expressions depend on variables or random numbers, this is found out when the
            synapses are drawn.
        EquationError, UnitError
            If an expression cannot be understood.
        ParameterError
            If an array of weights or delays has the wrong shape, or the network has run and these
            are synapses with equations.

        Notes
        -----
        A condition costs each rank one evaluation for each source and own target; ``j='i'`` and
        short ranges cost as many as they have members; ``p`` without a condition, or with
        ``i != j`` within a group, as many as there are synapses.
        """
        where = self._name or "Synapses"
        if self._owner is not None and self._owner.built:
            self._check_late()
        if self._joined:
            raise ParameterError(
                where,
                "connect() was called after that of synapses that join these",
                "those count the synapses that there are",
                f"connect {where} first",
            )
        for end in (self.source, self.target):
            if isinstance(end, SynapsesEnd):
                end.group.be_joined()
        values: dict[str, Any] = {"condition": condition, "i": i, "j": j, "p": p, "n": n}
        for name, value in values.items():
            values[name] = self._with_own(value) if isinstance(value, str) else value
        connection = ConnectArguments(
            **values,
            skip_if_invalid=skip_if_invalid,
            namespace=namespace,
            autapses=autapses,
            draw=self._drawn,
        )
        given = connection.rule(where, self.source, self.target)
        self._connected = True
        if given is None:
            return
        matrix = given if isinstance(given, Matrix) else None
        made = given.rule if isinstance(given, Matrix) else given
        if matrix is not None:
            matrix.check(len(self.source), len(self.target), where)
        made.check(len(self.source), len(self.target), self._shift, where)
        self._accept(made, matrix)
        self._rules.append(made)
        self.since.append(0)
        self._draws.append(next_draw(made))

    def _check_late(self) -> None:
        """Raise if there cannot be further synapses once the network has run."""
        raise ParameterError(
            self._called(),
            "connect() was called after the first run",
            "synapses with equations are fixed once the network has been built",
            "make further Synapses with the same equations, and add them to the network",
        )

    def _drawn(self, n: int) -> np.ndarray:
        """Numbers (float64 (n,)) from 0 to 1 for the indices of a call of `connect`."""
        seed = current_seed() if self._owner is None else self._owner.seed
        drawn = take_number()
        key = (
            stream_key(seed, f"indices of connect {len(self._rules)}", self.name)
            if drawn is None
            else draw_key(drawn)
        )
        index = np.arange(n, dtype=np.int64)
        return drawn_values(Uniform(0.0, 1.0), index, np.zeros_like(index), key)

    def _with_own(self, text: str) -> str:
        """An expression of `connect` with what the synapses' own subexpressions stand for."""
        return text

    def _accept(self, rule: ConnectionRule, matrix: Matrix | None) -> None:
        """Raise if `rule`, made from `matrix` if there is one, does not fit what has been set."""

    def check_set(self, variable: str) -> None:
        """Raise NotConnectedError if there are no synapses yet whose variable could be set."""
        name = "delay" if variable.startswith("delay of ") else variable
        if not self._connected:
            raise NotConnectedError(
                self._called(),
                f"{name} was set before connect()",
                "values are set of synapses that there are, and there are none before",
                "call connect() first",
                variable=name,
            )

    def check_connected(self) -> None:
        """Raise if `connect` has never been called, as Brian 2 does when they run."""
        if not self._connected:
            raise ParameterError(
                self._name or "Synapses",
                "connect() was not called",
                "there are no synapses before",
                "call connect(), or leave the object out of the network",
            )

    def run_regularly(
        self,
        code: str,
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all synapses in every step, or every `dt`, as in Brian 2.

        Where they see variables of the source that change, its group and that of the target live
        on one rank.

        Parameters
        ----------
        code : str
            Statements over variables of the synapses and of their neurons, such as ``'w *= 0.99'``.
        dt, clock, order, name
            See `NeuronGroup.run_regularly`.
        when : str
            The slot of a step.

        Returns
        -------
        RegularOperation

        Raises
        ------
        ParameterError
            If an argument is not allowed.
        EquationError, UnitError
            If a statement cannot be understood.
        """
        where, known = self._called(), len(self.operations)
        refuse_built(self, "run_regularly() was called")
        made = checked_operation(where, known, (0, 0), code, dt, clock, when, order, name)
        self.add_operation(made)
        return RegularOperation(self, made, where)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run at regular times."""
        return ()

    def add_operation(self, operation: Operation) -> None:
        """Run an operation from the first step on."""
        raise ParameterError(
            self._called(),
            "run_regularly() was called",
            "statements run for synapses with equations",
            f"write the synapses of {operation.statements!r} with equations",
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """The statements that run at regular times."""
        return tuple(one.name for one in self.operations)

    def be_joined(self) -> None:
        """Other synapses have been connected to these."""
        self._joined = True

    def belong_to(self, owner: SynapsesOwner | None) -> None:
        """Let `owner` say whether it has run, and answer what depends on the whole network."""
        self._owner = owner

    def _slices(self, group_index: dict[int, int]) -> tuple[Slice, Slice]:
        source, target = (slice_of_end(end, group_index) for end in (self.source, self.target))
        return source, target

    @property
    def i(self) -> np.ndarray:
        """Source index of each synapse, int64 (n,). Any rank may ask, alone: it draws them."""
        raise NotImplementedError

    @property
    def j(self) -> np.ndarray:
        """Target index of each synapse, int64 (n,), in the order of `i`."""
        raise NotImplementedError

    @property
    def N_outgoing_pre(self) -> np.ndarray:
        """Number of synapses of each source, int64 (n_source,)."""
        return np.bincount(self.i, minlength=len(self.source))

    @property
    def N_incoming_post(self) -> np.ndarray:
        """Number of synapses onto each target, int64 (n_target,)."""
        return np.bincount(self.j, minlength=len(self.target))

    def __len__(self) -> int:
        known = [
            rule.exact_number(len(self.source), len(self.target), self._shift)
            for rule in self._rules
        ]
        if None in known:
            return int(self.i.size)
        return sum(n for n in known if n is not None)

    def __bool__(self) -> bool:
        return True

    @property
    def _shift(self) -> int | None:
        if self.source.group is not self.target.group:
            return None
        return self.source.start - self.target.start
