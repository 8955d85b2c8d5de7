"""Pairs for which both sides of an equation are the same, found without looking at all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.codegen.cache import load_source
from distsnn.codegen.synapses.connection_functions import keys_source
from distsnn.language.objects.connection_expressions import ParsedConnection
from distsnn.language.objects.equal_pairs import equality_of

# Below so many pairs compiling what finds them takes longer than looking at all of them.
_FEWEST_PAIRS = 1_000_000
# A pair takes this part of the time of one that is found, or less, where all are looked at.
_WORTH = 8


@dataclass(frozen=True, eq=False)
class Candidates:
    """The pairs that may be joined.

    Attributes
    ----------
    starts, stops : int64 array (indices of the first side,)
        Where those of each are among the `members`.
    members : int64 array
        Indices of the other side; ascending between a start and its stop.
    """

    starts: np.ndarray
    stops: np.ndarray
    members: np.ndarray


def find_candidates(
    parsed: ParsedConnection,
    sizes: tuple[int, int],
    arguments: Sequence[Any],
    majors: Sequence[tuple[int, int]],
    is_local: np.ndarray,
) -> Candidates | None:
    """The pairs that a condition with an equation may join; None if all have to be looked at.

    Parameters
    ----------
    parsed : ParsedConnection
    sizes : (int, int)
        Numbers of sources and targets.
    arguments : sequence
        Numbers from outside and values of variables, as the generated code takes them.
    majors : sequence of (int, int)
        Ranges of the index that is walked.
    is_local : bool array
        Which of the other indices matter.
    """
    n_major, n_minor = sizes if parsed.major == "i" else sizes[::-1]
    n_pairs = sum(high - low for low, high in majors) * int(np.count_nonzero(is_local))
    sides = equality_of(parsed) if n_pairs >= _FEWEST_PAIRS else None
    source = None if sides is None else keys_source(parsed, sides)
    if source is None:
        return None
    of_major, of_minor = np.empty(n_major), np.empty(n_minor)
    load_source(source)(of_major, of_minor, *sizes, *arguments)
    # No number equals NaN.
    members = np.flatnonzero(is_local & ~np.isnan(of_minor))
    members = members[np.argsort(of_minor[members], kind="stable")]
    starts, stops = (
        np.searchsorted(of_minor[members], of_major, side) for side in ("left", "right")
    )
    found = sum(int((stops - starts)[low:high].sum()) for low, high in majors)
    return Candidates(starts, stops, members) if found * _WORTH <= n_pairs else None
