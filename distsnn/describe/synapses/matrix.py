"""Connections given as a matrix, dense or sparse."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from distsnn.describe.checks.settable import Settable
from distsnn.describe.synapses.rules import AllToAll, Pairs
from distsnn.errors import ConnectivityError, ParameterError

T = TypeVar("T")


class Matrix(Settable):
    """Synapses where a matrix is not zero: row i and column j stand for the synapse i -> j.

    Synapses are numbered along the rows. Arrays of weights or delays have the shape
    (n_source, n_target), of which the entries without a synapse are not read, or (n,) with one
    value for each synapse.

    Parameters
    ----------
    matrix : array-like (n_source, n_target), or sparse matrix or array of scipy
        Numbers or truth values. What stands several times at one place of a sparse matrix is
        added.
    strengths : bool
        Whether its values are strengths: the weight of a synapse is then the weight given to
        `Synapses` times its entry.

    Raises
    ------
    ConnectivityError
        If it is not two-dimensional, or has a value that is not finite.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(2, snn.LIF())
    >>> S = snn.Synapses(cells, cells, snn.Exponential(tau=8 * snn.ms), weight=5 * snn.pA)
    >>> S.connect(snn.Matrix([[0, 1], [0, 0]]))
    """

    def __init__(self, matrix: Any, strengths: bool = False) -> None:
        if hasattr(matrix, "tocoo"):
            entries = matrix.tocoo()
            self.shape = tuple(int(n) for n in entries.shape)
            _check_shape(self.shape)
            i, j, values = _added(entries.row, entries.col, entries.data, self.shape[1])
        else:
            dense = _array(matrix)
            self.shape = dense.shape
            _check_shape(self.shape)
            i, j = (np.arange(n, dtype=np.int64) for n in self.shape)
            i, j = (index.ravel() for index in np.meshgrid(i, j, indexing="ij"))
            values = dense.ravel()
        if not np.isfinite(values).all():
            bad = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ConnectivityError(
                "Matrix",
                f"the entry ({i[bad]}, {j[bad]}) is {values[bad]}",
                "entries must be finite",
                "Use 0 where there is no synapse",
                index=(int(i[bad]), int(j[bad])),
            )
        made = values != 0
        self.i, self.j = i[made], j[made]
        self.strengths = values[made] if strengths else None

    @property
    def is_full(self) -> bool:
        """Whether every pair has a synapse."""
        return self.i.size == self.shape[0] * self.shape[1]

    def check(self, n_source: int, n_target: int, where: str) -> None:
        """Raise ConnectivityError unless the matrix fits the groups."""
        if self.shape != (n_source, n_target):
            raise ConnectivityError(
                where,
                f"the matrix has the shape {self.shape}",
                f"its shape must be (n_source, n_target) = {(n_source, n_target)}",
                "Transpose it if its rows are the targets",
                shape=self.shape,
            )

    @property
    def rule(self) -> AllToAll | Pairs:
        """The rule that makes these synapses."""
        return AllToAll() if self.is_full else Pairs(self.i, self.j)

    def weight(self, where: str, weight: T) -> T | np.ndarray:
        """Weights for `rule`, the strengths included."""
        found = self.at_cells(where, "weight", weight)
        if self.strengths is None:
            return found
        if not isinstance(found, float | np.ndarray):
            raise ParameterError(
                where,
                "weight is drawn or an expression, and the matrix has strengths",
                "the weight is then one number for all or an array",
                "give the strengths alone, with weight=1",
            )
        product: np.ndarray = np.ravel(found) * self.strengths
        product = product.reshape(self.shape) if self.is_full else product
        product.setflags(write=False)
        return product

    def at_cells(self, where: str, name: str, value: T) -> T | np.ndarray:
        """An array of weights or delays, in the shape that `rule` wants; others as they are."""
        if not isinstance(value, np.ndarray):
            return value
        if value.shape == (self.i.size,):
            taken = value.reshape(self.shape) if self.is_full else value
        elif value.shape == self.shape:
            taken = value if self.is_full else value[self.i, self.j]
        else:
            raise ParameterError(
                where,
                f"{name} has shape {value.shape}",
                f"with this matrix the shape is {self.shape}, or {(self.i.size,)} with one value "
                "for each synapse",
                "correct it, or give a number",
                shape=value.shape,
            )
        taken.setflags(write=False)
        return taken


def _array(matrix: Any) -> np.ndarray:
    try:
        return np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConnectivityError(
            "Matrix",
            f"{type(matrix).__name__} is not a matrix of numbers",
            "a matrix is a two-dimensional array, or sparse with a method tocoo()",
            "Convert it",
        ) from None


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise ConnectivityError(
            "Matrix",
            f"the shape is {shape}",
            "a matrix has two dimensions, (n_source, n_target)",
            "Correct it, or give i= and j= for lists of indices",
            shape=shape,
        )


def _added(
    row: Any, column: Any, data: Any, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries along the rows, those of one place added."""
    cell = np.asarray(row, dtype=np.int64) * width + np.asarray(column, dtype=np.int64)
    unique, which = np.unique(cell, return_inverse=True)
    values = np.bincount(which, np.asarray(data, dtype=np.float64), unique.size)
    return unique // max(width, 1), unique % max(width, 1), values
