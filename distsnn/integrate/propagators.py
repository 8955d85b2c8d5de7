"""Propagators of linear systems: matrix exponentials of many small matrices."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.models.receptors.receptor import Values
from distsnn.describe.values.exact_functions import exact_exp, exact_expm1
from distsnn.language.evaluate import evaluate

_DEGREE = 18
_SMALL = 0.5


class Propagator:
    r"""P = exp(A dt) and Q = \int_0^dt exp(A s) ds of a system dx/dt = A x + b.

    Then x(t + dt) = P x + Q b if b is constant. Computed as the exponential of the block matrix
    [[A, 1], [0, 0]] dt, so that neither singular matrices nor equal time constants matter.

    Parameters
    ----------
    names : tuple of str
        The variables.
    matrix : mapping of (str, str) to ast.expr
        The entries of A that are not zero.
    """

    def __init__(self, names: tuple[str, ...], matrix: Mapping[tuple[str, str], ast.expr]) -> None:
        self.names = names
        self.matrix = matrix
        self._last: tuple[Values, np.ndarray, np.ndarray] | None = None

    def entries(self, values: Values) -> tuple[np.ndarray, np.ndarray]:
        """P and Q, float64 (n, m, m); n is 1 if no value is an array, 0 if the arrays are empty."""
        if self._last is not None and self._last[0] is values:
            return self._last[1:]
        size = len(self.names)
        found = {
            key: np.atleast_1d(np.asarray(evaluate(tree, values), dtype=np.float64))
            for key, tree in self.matrix.items()
        }
        shape = np.broadcast_shapes((1,), *(value.shape for value in found.values()))
        a = np.zeros((*shape, size, size))
        for (row, column), value in found.items():
            a[:, self.names.index(row), self.names.index(column)] = value
        dt: Any = values["dt"]
        p, q = _scalar(a, dt) if size == 1 else _blocks(a, dt)
        self._last = values, p, q
        return p, q

    def p(self, row: str, column: str, values: Values) -> Any:
        """Entry of P."""
        return _plain(self.entries(values)[0][:, self.names.index(row), self.names.index(column)])

    def q(self, row: str, column: str, values: Values) -> Any:
        """Entry of Q."""
        return _plain(self.entries(values)[1][:, self.names.index(row), self.names.index(column)])


def _plain(entry: np.ndarray) -> Any:
    return float(entry[0]) if entry.size == 1 else entry


def _scalar(a: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(a == 0.0, dt, exact_expm1(a * dt) / a)
    return exact_exp(a * dt), q


def _blocks(a: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    n, size, _ = a.shape
    joined = np.zeros((n, 2 * size, 2 * size))
    joined[:, :size, :size] = a * dt
    joined[:, :size, size:] = np.eye(size) * dt
    exponential = exponentials(joined)
    return exponential[:, :size, :size], exponential[:, :size, size:]


def exponentials(matrices: np.ndarray) -> np.ndarray:
    """Exponentials of matrices (float64 (n, k, k)), by scaling, Taylor series and squaring.

    Each is computed on its own, entry by entry, so that it does not depend on the others. For
    triangular matrices with positive entries beside the diagonal, as chains of synapses and
    membranes have, no entry loses digits.
    """
    n, size, _ = matrices.shape
    norm = np.abs(matrices).sum(axis=2).max(axis=1)
    part, exponent = np.frexp(norm / _SMALL)
    halvings = np.maximum(0, exponent - (part == 0.5)).astype(np.int64)
    scaled = np.ldexp(matrices, -halvings[:, None, None].astype(np.int32))
    total = np.broadcast_to(np.eye(size), (n, size, size)).copy()
    term = total.copy()
    for k in range(1, _DEGREE + 1):
        term = _product(term, scaled) / k
        total += term
    for k in range(int(halvings.max(initial=0))):
        todo = halvings > k
        total[todo] = _product(total[todo], total[todo])
    return total


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = a[:, :, 0, None] * b[:, 0, None, :]
    for j in range(1, a.shape[2]):
        out = out + a[:, :, j, None] * b[:, j, None, :]
    return out
