"""PyNN's current sources: a current for each time step, which is injected into cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import build_translations, electrodes

from distsnn.kernels.arithmetic.elementwise import sin
from distsnn.pynn import simulator
from distsnn.pynn.cell_populations import root_of
from distsnn.pynn.spike_sources import generator

# Steps whose noise is drawn at a time.
_BLOCK = 1024


class _Electrode:
    """The base of current sources; a subclass says its current."""

    # PyNN takes what is set for parameters, so these are set past it.
    _number: int
    _values: dict[str, Any]
    _kept: np.ndarray | None

    def __init__(self, **parameters: Any) -> None:
        state = simulator.state
        object.__setattr__(self, "_number", len(state.electrodes))
        state.electrodes.append(self)
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_kept", None)
        super().__init__(**parameters)
        space = self.native_parameters  # type: ignore[attr-defined]  # of PyNN
        space.shape = (1,)
        self.set_native_parameters(space)

    def set_native_parameters(self, parameters: ParameterSpace) -> None:
        """Set parameters; see PyNN."""
        parameters.evaluate(simplify=True)
        values = dict(self._values)
        for name, value in parameters.items():
            values[name] = np.asarray(value.value) if isinstance(value, Sequence) else float(value)
        object.__setattr__(self, "_values", self._checked(values))

    def get_parameters(self) -> dict[str, Any]:
        """Numbers and arrays of all parameters."""
        return dict(self._values)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def inject_into(self, cells: Any) -> None:
        """Inject the current into cells: a population, a view, an assembly or a list of cells."""
        if not simulator.state.ran:
            simulator.state.change()
        if isinstance(cells, list | tuple):
            views = [cell.as_view() for cell in cells]
        else:
            views = getattr(cells, "populations", [cells])
        for view in views:
            root, indices = root_of(view)
            if not root.celltype.injectable:
                raise TypeError("Can't inject current into a spike source.")
            root.inject_into(self, indices)

    def record(self) -> None:
        """Keep the current for `get_data`."""
        object.__setattr__(self, "_kept", np.empty(0))

    def current(self, step: int, steps: int) -> np.ndarray:
        """The current (nA) of some steps, which are about to run."""
        found = self._at(simulator.state.dt * np.arange(step, step + steps))
        if self._kept is not None:
            object.__setattr__(self, "_kept", np.append(self._kept[:step], found))
        return found

    def _at(self, t: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _while_on(self, t: np.ndarray) -> np.ndarray:
        """Whether the source is on at some times (ms), which are rounded to steps."""
        dt = simulator.state.dt
        return (t > self._values["start"] - dt / 2) & (t < self._values["stop"] - dt / 2)

    def _get_data(self) -> tuple[np.ndarray, np.ndarray]:
        steps, dt = simulator.state.step, simulator.state.dt
        now = self._at(np.array([steps * dt]))
        before = np.empty(0) if self._kept is None else self._kept[:steps]
        first = steps - len(before)
        return np.arange(first, steps + 1) * dt, np.append(before, now)


class DCSource(_Electrode, electrodes.DCSource):
    __doc__ = electrodes.DCSource.__doc__
    translations = build_translations(
        ("amplitude", "amplitude"), ("start", "start"), ("stop", "stop")
    )

    def _at(self, t: np.ndarray) -> np.ndarray:
        return np.where(self._while_on(t), self._values["amplitude"], 0.0)


class ACSource(_Electrode, electrodes.ACSource):
    __doc__ = electrodes.ACSource.__doc__
    translations = build_translations(
        ("amplitude", "amplitude"), ("start", "start"), ("stop", "stop"),
        ("frequency", "frequency"), ("offset", "offset"), ("phase", "phase"),
    )  # fmt: skip

    def _at(self, t: np.ndarray) -> np.ndarray:
        own = self._values
        angle = 2e-3 * np.pi * own["frequency"] * (t - own["start"]) + np.radians(own["phase"])
        return np.where(self._while_on(t), own["offset"] + own["amplitude"] * sin(angle), 0.0)


class StepCurrentSource(_Electrode, electrodes.StepCurrentSource):
    __doc__ = electrodes.StepCurrentSource.__doc__
    translations = build_translations(("amplitudes", "amplitudes"), ("times", "times"))

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Times on the grid of steps; the last of those that are equal counts."""
        times, amplitudes = values["times"], values["amplitudes"]
        if np.any(times < 0):
            raise ValueError("Step current cannot accept negative timestamps.")
        if np.any(np.diff(times) <= 0):
            raise ValueError("Step current timestamps should be monotonically increasing.")
        if len(times) != len(amplitudes):
            raise ValueError("Step current has one amplitude for each timestamp.")
        dt = simulator.state.dt
        steps = np.rint(times / dt).astype(np.int64)
        last = np.append(np.diff(steps) > 0, True)[: len(steps)]
        return {"times": steps[last] * dt, "amplitudes": amplitudes[last]}

    def _at(self, t: np.ndarray) -> np.ndarray:
        own = self._values
        dt = simulator.state.dt
        before = np.searchsorted(own["times"] - dt / 2, t, side="right")
        return np.append(0.0, own["amplitudes"])[before]


class NoisyCurrentSource(_Electrode, electrodes.NoisyCurrentSource):
    __doc__ = electrodes.NoisyCurrentSource.__doc__
    translations = build_translations(
        ("mean", "mean"), ("start", "start"), ("stop", "stop"), ("stdev", "stdev"), ("dt", "dt")
    )

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        ratio = values["dt"] / simulator.state.dt
        if not (round(ratio) >= 1 and abs(ratio - round(ratio)) < 1e-6 * ratio):
            raise ValueError(
                f"distsnn: dt={values['dt']} ms of a NoisyCurrentSource is a multiple of the time "
                f"step, {simulator.state.dt} ms"
            )
        return values

    def _at(self, t: np.ndarray) -> np.ndarray:
        own = self._values
        steps = np.rint((t - own["start"]) / simulator.state.dt).astype(np.int64)
        interval = np.maximum(steps, 0) // round(own["dt"] / simulator.state.dt)
        noise = np.empty(len(t))
        for block in np.unique(interval // _BLOCK):
            drawn = generator("noise", self._number, int(block)).standard_normal(_BLOCK)
            inside = interval // _BLOCK == block
            noise[inside] = drawn[interval[inside] % _BLOCK]
        return np.where(self._while_on(t), own["mean"] + own["stdev"] * noise, 0.0)
