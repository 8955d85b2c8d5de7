"""Nodes of one call of ``Create``, and the values of their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.errors import unknown_name
from distsnn.nest.models.model_table import Model


@dataclass(frozen=True, eq=False)
class Layer:
    """The positions of the nodes of a block.

    Attributes
    ----------
    positions : float64 array (n, dimensions)
    extent, center : float64 array (dimensions,)
    edge_wrap : bool
    shape : tuple of int or None
        Of a grid.
    """

    positions: np.ndarray
    extent: np.ndarray
    center: np.ndarray
    edge_wrap: bool = False
    shape: tuple[int, ...] | None = None


@dataclass(eq=False)
class Block:
    """Nodes of one call of ``Create``.

    Attributes
    ----------
    model : Model
    name : str
        Name of the model in the script.
    first : int
        The first global id.
    n : int
    columns : dict of str to array (n,)
        Values that differ from the model's, of objects where a value is no number.
    layer : Layer or None
    """

    model: Model
    name: str
    first: int
    n: int
    defaults: Mapping[str, Any]
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    layer: Layer | None = None

    @property
    def kind(self) -> str:
        """``neuron``, ``stimulator`` or ``recorder``."""
        return self.model.kind

    def holds(self, gids: np.ndarray) -> np.ndarray:
        """Which nodes are in it, bool (n,)."""
        return (gids >= self.first) & (gids < self.first + self.n)

    def knows(self, name: str) -> bool:
        """Whether nodes have such a parameter."""
        return name in self.defaults

    def get(self, name: str, member: int) -> Any:
        """Value of a parameter of one node."""
        if name in self.columns:
            value = self.columns[name][member]
            return value.item() if isinstance(value, np.generic) else value
        return self.defaults[name]

    def values(self, name: str, members: np.ndarray) -> np.ndarray:
        """Values (float64) of a parameter that is a number."""
        if name in self.columns:
            return np.asarray(self.columns[name][members], dtype=np.float64)
        return np.full(members.size, float(self.defaults[name]))

    def set(self, name: str, members: np.ndarray, values: Iterable[Any]) -> None:
        """Set a parameter of some nodes, to one value for each.

        Raises
        ------
        UnknownNameError
            If they have none of the name.
        """
        if name not in self.defaults:
            unknown_name(self.name, name, self.defaults)
        default = self.defaults[name]
        number = isinstance(default, int | float) and not isinstance(default, bool)
        column = self.columns.get(name)
        if column is None:
            column = np.empty(self.n, dtype=np.float64 if number else object)
            column[:] = [default] * self.n if not number else default
            if not number:
                for k in range(self.n):
                    column[k] = default
            self.columns[name] = column
        if number:
            column[members] = np.fromiter(map(float, values), np.float64, members.size)
        else:
            for member, value in zip(members.tolist(), values, strict=True):
                column[member] = value
