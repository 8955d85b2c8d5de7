"""The random numbers of connection rules."""

from __future__ import annotations

import numpy as np

from distsnn.describe.checks.settable import Settable
from distsnn.kernels.draws.binomial import draw_binomial
from distsnn.kernels.draws.pair_draws import fill_pair_normal, fill_pair_uniform


class Draws(Settable):
    """The random numbers of a `ConnectionRule`: pure functions of what they are drawn for.

    The same arguments give the same numbers on every rank, in any order and however often they are
    asked for; other indices or another `call` give independent ones. What is drawn depends
    besides on the seed of the network and the name of the synapses.

    Parameters
    ----------
    key : two words of 32 bits
    """

    def __init__(self, key: tuple[int, int]) -> None:
        self.key = np.uint32(key[0]), np.uint32(key[1])

    def uniform(
        self, index: np.ndarray | int, k: np.ndarray | int = 0, call: int = 0
    ) -> np.ndarray:
        """Numbers (float64 (n,)) uniform in [0, 1).

        Parameters
        ----------
        index : int array (n,) or int
            For what they are drawn, such as a target; at least 0 and below 2**32.
        k : int array (n,) or int
            For what of it, such as a source or the number of a synapse; at least 0.
        call : int
            Which of several draws for the same; at least 0 and below 2**32.
        """
        major, minor = _indices(index, k)
        out = np.empty(major.size)
        fill_pair_uniform(out, major, minor, call, *self.key)
        return out

    def normal(self, index: np.ndarray | int, k: np.ndarray | int = 0, call: int = 0) -> np.ndarray:
        """Standard normal numbers (float64 (n,)); parameters as in `uniform`."""
        major, minor = _indices(index, k)
        out = np.empty(major.size)
        fill_pair_normal(out, major, minor, call, *self.key)
        return out

    def integers(
        self,
        below: np.ndarray | int,
        index: np.ndarray | int,
        k: np.ndarray | int = 0,
        call: int = 0,
    ) -> np.ndarray:
        """Whole numbers (int64 (n,)) uniform in [0, `below`); other parameters as in `uniform`."""
        u = self.uniform(index, k, call)
        return (u * np.asarray(below, dtype=np.float64)).astype(np.int64)

    def binomial(
        self, n: np.ndarray | int, p: float, index: np.ndarray | int, call: int = 0
    ) -> np.ndarray:
        """Binomial numbers (int64 (n,)) of `n` trials with probability `p`, one for each index."""
        major, call_of = _indices(index, call)
        out = np.empty(major.size, dtype=np.int64)
        trials = np.array(np.broadcast_to(n, out.shape), dtype=np.int64)
        draw_binomial(out, trials, float(p), major + (call_of << 32), *self.key)
        return out


def _indices(index: np.ndarray | int, k: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    major, minor = np.broadcast_arrays(np.atleast_1d(index), np.atleast_1d(k))
    return np.array(major, dtype=np.int64), np.array(minor, dtype=np.int64)
