"""Populations, views and assemblies of PyNN, which are groups of distsnn when they run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace, simplify

import distsnn as snn
from distsnn.exchange import current_world
from distsnn.pynn import simulator
from distsnn.pynn.population_recorder import PopulationRecorder, get_io_of

# So many steps ahead the currents of electrodes that came late are computed.
_AHEAD = 1000


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let Python not look for garbage while many objects are made, which takes most of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Counted:
    """The base of all collections of cells."""

    def mean_spike_count(self, gather: bool = True) -> float:  # noqa: ARG002 - PyNN's
        """Mean number of spikes of a cell, on all ranks."""
        counts = np.concatenate([root.recorder.counts_of(cells) for root, cells in members(self)])
        return float(counts.mean()) if counts.size else 0.0


class Assembly(_Counted, common.Assembly):
    """Populations and views of PyNN together; see PyNN."""

    _simulator = simulator

    @property
    def receptor_types(self) -> list[str]:
        """Receptor types of all populations, in the order of the first one.

        That of PyNN has the order of a set, which differs between processes.
        """
        first, *others = (list(p.receptor_types) for p in self.populations)
        return [name for name in first if all(name in other for other in others)]

    def write_data(self, io: Any, *values: Any, **given: Any) -> None:
        """Write what has been recorded; one file, by rank 0."""
        data = self.get_data(
            *_without_gather(values, given),
            **{name: given[name] for name in ("clear", "annotations") if name in given},
        )
        if simulator.state.mpi_rank == 0:
            get_io_of(io).write(data)
        current_world().barrier()


def _without_gather(values: tuple[Any, ...], given: dict[str, Any]) -> tuple[Any, ...]:
    variables = values[0] if values else given.get("variables", "all")
    return (variables, True)


class _Cells(_Counted):
    """The base of populations and views: parameters and initial values of their cells."""

    size: int
    celltype: Any

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        celltype = self.celltype
        if any(name in celltype.computed_parameters() for name in names):
            native_names = celltype.get_native_names()
        else:
            native_names = celltype.get_native_names(*names)
        values = {name: simplify(self._of_cells(name)) for name in native_names}
        native = ParameterSpace(values, shape=(self.size,))
        return celltype.reverse_translate(native)

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        values = {name: simplify(self._of_cells(name)) for name in names}
        return ParameterSpace(values, shape=(self.size,))

    def _of_cells(self, name: str) -> np.ndarray:
        root, cells = root_of(self)
        found: np.ndarray = root._parameters[name][cells]
        return found

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        parameter_space.shape = (self.size,)
        try:
            parameter_space.evaluate(simplify=False)
        except (TypeError, ValueError) as error:
            raise errors.InvalidParameterValueError(str(error)) from error
        root, cells = root_of(self)
        root.set_native(dict(parameter_space.items()), cells)

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of variables; see PyNN."""
        root, cells = root_of(self)
        for variable, value in initial_values.items():
            given = LazyArray(value, shape=(self.size,), dtype=float)
            root.set_initial(variable, given, cells)


class PopulationView(_Cells, common.PopulationView):
    """A part of a population; see PyNN."""

    _simulator = simulator
    _assembly_class = Assembly


class Population(_Cells, common.Population):
    """A population of cells; see PyNN."""

    _simulator = simulator
    _recorder_class = PopulationRecorder
    _assembly_class = Assembly

    def __init__(self, *values: Any, **given: Any) -> None:
        try:
            super().__init__(*values, **given)
        except Exception:
            # A population that is refused is not part of what runs.
            state = simulator.state
            state.recorders = {r for r in state.recorders if r.population is not self}
            state.populations = [p for p in state.populations if p is not self]
            raise

    def _create_cells(self) -> None:
        state = simulator.state
        state.change()
        first = state.id_counter
        state.id_counter += self.size
        self.number = len(state.populations)
        self.all_cells = np.empty(self.size, dtype=object)
        with _no_collection():
            self.all_cells[:] = cells = list(map(simulator.ID, range(first, first + self.size)))
            for cell in cells:
                cell.parent = self
        self._mask_local = np.ones(self.size, dtype=bool)
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=False)
        self._parameters = {name: _of_each(value, self.size) for name, value in space.items()}
        check = getattr(self.celltype, "check", None)
        if check is not None:
            check(self._parameters)
        self._initial: dict[str, np.ndarray] = {}
        self.group: Any = None
        self.receptors: dict[str, Any] = {}
        # Electrodes of each cell by column of the table of currents; column 0 is no electrode.
        self._electrodes: list[tuple[Any, ...]] = [()]
        self._column = np.zeros(self.size, dtype=np.int64)
        self._has_table = False
        # Variables for the currents of electrical synapses.
        self.gaps: list[str] = []
        state.populations.append(self)

    def is_local(self, id: Any) -> bool:  # noqa: A002 - PyNN's
        """Whether this rank knows one of the cells: all ranks know all."""
        assert id.parent is self
        return True

    @property
    def name(self) -> str:
        """Name of the group."""
        return f"population{self.number}"

    @property
    def responses(self) -> Any:
        """The effect of events by receptor type."""
        return self.celltype.model.responses

    # ---- what runs

    def make(self) -> Any:
        """The group of distsnn."""
        if not self.celltype.injectable:
            self.group = self.celltype.source(self)
            return self.group
        native = self.celltype.expanded(self._parameters)
        self._has_table = len(self._electrodes) > 1
        table = f"{self.name}_currents" if self._has_table else ""
        model = self.celltype.running(native)
        native = {k: v for k, v in native.items() if k not in model.unused}
        self.group, self.receptors = model.made(self.size, self.name, native, table, self.gaps)
        if table:
            self.group.electrode_column = self._column
        for variable in self._initial:
            self._start(variable)
        return self.group

    def _start(self, variable: str) -> None:
        """Set a variable of the group to its initial values."""
        name, factor = self.celltype.recorded[variable]
        values = self._initial[variable] * factor
        if name in self.group.variables():
            setattr(self.group, name, values)
        elif not (
            np.all(self._initial[variable] == self.celltype.default_initial_values[variable])
            or np.allclose(values, getattr(self.group, name)[:])
        ):
            raise errors.InvalidParameterValueError(
                f"distsnn: the initial value of {variable} of {self.celltype.__class__.__name__} "
                f"follows from other variables; leave it out"
            )

    def draw_spikes(self, step: int, end: int) -> None:
        """Let sources whose spikes are given have those of some steps."""
        give = getattr(self.celltype, "give_spikes", None)
        if give is not None:
            give(self, step, end)

    # ---- parameters and variables

    def set_native(self, values: dict[str, np.ndarray], cells: np.ndarray) -> None:
        """Set parameters by distsnn's names, in its units, of some cells."""
        for name, value in values.items():
            changed = np.array(self._parameters[name])
            changed[cells] = _of_each(value, len(cells))
            check = getattr(self.celltype, "check", None)
            if check is not None:
                check({**self._parameters, name: changed})
            self._parameters[name] = changed
        if not simulator.state.has_made(self):
            simulator.state.change()
        elif self.celltype.injectable:
            native = self.celltype.expanded({n: self._parameters[n] for n in values})
            known = self.group.variables()
            for name, value in native.items():
                if name not in known:
                    raise errors.InvalidParameterValueError(
                        f"distsnn: {name} was set after the first run; it is fixed then unless "
                        "the cells of a population differ in it. Set it before the first run, or "
                        "after reset()."
                    )
                setattr(self.group, name, value)
        else:
            self.celltype.changed(self)

    def set_initial(self, variable: str, given: LazyArray, cells: np.ndarray) -> None:
        """Set the values at which a variable of some cells starts, and its values now."""
        recorded = getattr(self.celltype, "recorded", {})
        if variable not in recorded:
            raise errors.NonExistentParameterError(
                variable, self.celltype.__class__.__name__, sorted(recorded)
            )
        values = self._initial.get(variable)
        values = np.zeros(self.size) if values is None else np.array(values)
        values[cells] = given.evaluate(simplify=False)
        self._initial[variable] = values
        kept = given if len(cells) == self.size else LazyArray(values, shape=(self.size,))
        self.initial_values[variable] = kept
        if not simulator.state.has_made(self):
            simulator.state.change()
        else:
            self._start(variable)

    def _set_cell_initial_value(self, id: Any, variable: str, value: float) -> None:  # noqa: A002 - PyNN's
        self.set_initial(variable, LazyArray(value, shape=(1,)), np.array([self.id_to_index(id)]))

    # ---- electrodes

    @property
    def n_columns(self) -> int:
        """Number of currents in the table of the group; 0 if it has none."""
        return len(self._electrodes) if self._has_table else 0

    def inject_into(self, electrode: Any, cells: np.ndarray) -> None:
        """Let an electrode inject its current into some cells."""
        made = simulator.state.has_made(self)
        for cell in cells:
            combined = (*self._electrodes[self._column[cell]], electrode)
            if combined not in self._electrodes:
                self._electrodes.append(combined)
            self._column[cell] = self._electrodes.index(combined)
        if made and self._has_table:
            self.group.electrode_column = self._column

    def _currents(self, step: int, steps: int) -> np.ndarray:
        """The currents (float64 (steps, columns), pA) of some steps."""
        currents = np.zeros((steps, len(self._electrodes)))
        for column, electrodes in enumerate(self._electrodes):
            for electrode in electrodes:
                currents[:, column] += electrode.current(step, steps)
        return 1000.0 * currents

    def table(self, step: int, steps: int) -> dict[str, Any]:
        """The currents of some steps, by the name that the group's statement has for them."""
        table = snn.TimedArray(self._currents(step, steps), dt=simulator.state.dt)
        return {f"{self.name}_currents": table}

    def hold(self, step: int, steps: int) -> int:
        """Add the currents of electrodes that came after the first run to that of the parameters.

        Returns
        -------
        int
            For how many of the next steps they stay as they are.
        """
        if self._has_table or len(self._electrodes) == 1:
            return steps
        currents = self._currents(step, max(1, min(steps, _AHEAD)))
        own = self.celltype.expanded(self._parameters)["I_e"]
        self.group.I_e = own + currents[0][self._column]
        changes = np.flatnonzero(np.any(currents != currents[0], axis=1))
        return min(steps, int(changes[0]) if changes.size else len(currents))


def _of_each(value: Any, size: int) -> np.ndarray:
    """The value of each cell."""
    if isinstance(value, np.ndarray) and value.shape == (size,):
        return value
    number = isinstance(value, int | float | np.ndarray)
    found = np.empty(size, dtype=float if number else object)
    for index in range(size):
        found[index] = value
    return found


def root_of(cells: Any) -> tuple[Population, np.ndarray]:
    """The population that cells belong to, and their indices in it."""
    if isinstance(cells, Population):
        return cells, np.arange(cells.size)
    return cells.grandparent, np.asarray(cells.index_in_grandparent(np.arange(cells.size)))


def members(cells: Any) -> list[tuple[Population, np.ndarray]]:
    """The populations of a population, view or assembly, with the indices of the cells."""
    parts = cells.populations if isinstance(cells, common.Assembly) else [cells]
    return [root_of(part) for part in parts]
