"""Steps down a gradient, of weights or of any other values."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.paths import checked_path
from distsnn.errors import FileError, ParameterError
from distsnn.exchange import current_world, raising_together
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.learning.learning_checks import checked_number
from distsnn.record.files.file_layout import partial_path

# Names in a file that are no values of users: the learning rate, and the begin of those of arrays.
_RATE = "optimizer rate"
_KEPT = "optimizer: "


class Optimizer(ABC):
    """The base of all ways to go down a gradient.

    Parameters
    ----------
    rate : float
        Learning rate, in the unit of the values; it may be set at any time.
    """

    def __init__(self, rate: float) -> None:
        self.rate = checked_number(type(self).__name__, "rate", rate, 0.0)
        self._state: dict[str, np.ndarray] = {}

    def step(
        self,
        synapses: ReadySynapses,
        gradient: np.ndarray,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> None:
        """Change all weights of some synapses, between runs; the same on every rank.

        Parameters
        ----------
        synapses : Synapses
        gradient : float64 array (n,), 1/unit
            In the order of their creation.
        low, high : float, unit of the weight
            Bounds that weights stay within.
        """
        synapses.w[:] = self.changed(synapses.name, np.asarray(synapses.w), gradient, low, high)

    def changed(
        self,
        name: str,
        values: np.ndarray,
        gradient: np.ndarray,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> np.ndarray:
        """Values (float64, of the shape of `values`) after a step, such as delays of a network.

        Parameters
        ----------
        name : str
            What is changed; each has moments of its own.
        values, gradient : float64 array
        low, high : float
        """
        values, gradient = np.asarray(values, np.float64), np.asarray(gradient, np.float64)
        if values.shape != gradient.shape or not np.isfinite(gradient).all():
            raise ParameterError(
                type(self).__name__,
                f"a gradient of shape {gradient.shape} for values of shape {values.shape}"
                if values.shape != gradient.shape
                else "a gradient with values that are not finite",
                "there is one finite derivative for each value",
                "give that of the same synapses",
            )
        if not low <= high:
            raise ParameterError(
                type(self).__name__,
                f"low={low!r}, high={high!r}",
                "values stay between both",
                "give a low one and a high one",
            )
        return np.clip(values - self.rate * self._direction(name, gradient), low, high)

    @abstractmethod
    def _direction(self, name: str, gradient: np.ndarray) -> np.ndarray:
        """Direction of a step at learning rate 1; it may keep arrays in `_state`."""

    def state(self) -> dict[str, np.ndarray]:
        """All that is kept from step to step, to go on later."""
        return {name: values.copy() for name, values in self._state.items()}

    def go_on(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state` gave."""
        self._state = {name: np.array(values) for name, values in state.items()}

    def save(self, path: str | os.PathLike[str], overwrite: bool = False, **values: Any) -> None:
        """Save what goes on in another job, on any number of ranks. Every rank must call this.

        Parameters
        ----------
        path : path
            The file, in NumPy's format .npz; it appears when it is whole.
        overwrite : bool
            Replace a file that is there already.
        **values : float, int or array
            What was learned, such as weights, and all else that `load` shall give back.

        Raises
        ------
        FileError
            If the file is there already or cannot be written.
        """
        where = f"{type(self).__name__}.save"
        check_switches(where, overwrite=overwrite)
        file, world = Path(checked_path(where, "path", path)), current_world()
        given = {name: np.asarray(value) for name, value in values.items()}
        for name, array in given.items():
            if array.dtype.kind not in "fiub":
                raise ParameterError(
                    where,
                    f"{name} is {values[name]!r}",
                    "values are numbers and arrays of numbers",
                    f"correct {name}, or save it elsewhere",
                )
        with raising_together(world, where):
            if world.rank == 0:
                if file.exists() and not overwrite:
                    raise FileError(
                        str(file), "the file is there already", "files are kept", "overwrite=True"
                    )
                arrays: dict[str, Any] = {_RATE: np.array(self.rate), **given}
                arrays |= {f"{_KEPT}{name}": array for name, array in self._state.items()}
                partial = partial_path(file)
                try:
                    with partial.open("wb") as to:
                        np.savez(to, **arrays)
                    partial.replace(file)
                except OSError as error:
                    partial.unlink(missing_ok=True)
                    raise FileError(str(file), f"it cannot be written: {error}") from error

    def load(self, path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
        """Go on from what `save` has written, learning rate and all; each rank reads the file.

        Returns
        -------
        dict of str to array
            The values that were given to `save`.

        Raises
        ------
        FileError
            If there is no such file, or another one.
        """
        where = f"{type(self).__name__}.load"
        file = checked_path(where, "path", path)
        with raising_together(current_world(), where):
            try:
                with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as found:
                    arrays = dict(found)
                self.rate = float(arrays.pop(_RATE))
            except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
                raise FileError(
                    str(file), f"it is no file of {type(self).__name__}.save: {error}"
                ) from error
        self.go_on({n[len(_KEPT) :]: x for n, x in arrays.items() if n.startswith(_KEPT)})
        return {name: x for name, x in arrays.items() if not name.startswith(_KEPT)}


class SGD(Optimizer):
    r"""Steps against the gradient, with momentum.

    .. math:: m \leftarrow \mu m + g, \qquad x \leftarrow x - r m

    Parameters
    ----------
    rate : float
    momentum : float
        Between 0 (none) and 1.
    """

    def __init__(self, rate: float, momentum: float = 0.0) -> None:
        super().__init__(rate)
        self.momentum = checked_number("SGD", "momentum", momentum, 0.0, 1.0, closed=True)

    def _direction(self, name: str, gradient: np.ndarray) -> np.ndarray:
        if self.momentum == 0.0:
            return gradient
        before = self._state.get(f"{name}.mean", np.zeros_like(gradient))
        self._state[f"{name}.mean"] = self.momentum * before + gradient
        return self._state[f"{name}.mean"]


class Adam(Optimizer):
    r"""Adaptive moments: each value has a step of about the learning rate.

    .. math:: x \leftarrow x - r\, \frac{m/(1-\beta_1^k)}{\sqrt{v/(1-\beta_2^k)} + \epsilon}

    `m` and `v` are moving means of the gradient and of its square after `k` steps.

    Parameters
    ----------
    rate : float
    beta_1, beta_2 : float
    epsilon : float

    Notes
    -----
    Kingma & Ba 2015, ICLR.
    """

    def __init__(
        self, rate: float, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(rate)
        self.beta_1 = checked_number("Adam", "beta_1", beta_1, 0.0, 1.0, closed=True)
        self.beta_2 = checked_number("Adam", "beta_2", beta_2, 0.0, 1.0, closed=True)
        self.epsilon = checked_number("Adam", "epsilon", epsilon, 0.0)

    def _direction(self, name: str, gradient: np.ndarray) -> np.ndarray:
        state, none = self._state, np.zeros_like(gradient)
        count = state.get(f"{name}.count", np.zeros(())) + 1.0
        mean = self.beta_1 * state.get(f"{name}.mean", none) + (1.0 - self.beta_1) * gradient
        square = state.get(f"{name}.square", none)
        square = self.beta_2 * square + (1.0 - self.beta_2) * gradient**2
        state |= {f"{name}.count": count, f"{name}.mean": mean, f"{name}.square": square}
        root = np.sqrt(square / (1.0 - self.beta_2**count))
        direction: np.ndarray = mean / (1.0 - self.beta_1**count) / (root + self.epsilon)
        return direction
