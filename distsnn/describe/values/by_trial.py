"""Values that differ between the trials of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from distsnn.describe.values.given import ValueSource
from distsnn.errors import ParameterError


class ByTrial:
    """One value for each trial of a network; made by `by_trial`."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def of(self, trial: int) -> Any:
        """The value of a trial."""
        if trial >= len(self.values):
            raise ParameterError(
                "by_trial",
                f"{len(self.values)} values, and trial {trial}",
                "there is a value for each trial; trials count from 0",
                "give as many values as the network has trials",
            )
        return self.values[trial]

    def each(self, function: Callable[[Any], Any]) -> ByTrial:
        """The results of a function for each value."""
        return ByTrial([function(value) for value in self.values])


def together(*values: Any) -> Any:
    """Several values as one: their tuple, or one tuple for each trial if one is by trial."""
    sizes = [len(value) for value in values if isinstance(value, ByTrial)]
    if not sizes:
        return values
    return ByTrial(
        [
            tuple(value.of(trial) if isinstance(value, ByTrial) else value for value in values)
            for trial in range(max(sizes))
        ]
    )


def by_trial(values: Any) -> ByTrial:
    """Values that differ between the trials of a network, for what is set of its objects.

    ``G.v = by_trial(values)`` sets in trial b what ``G.v = values[b]`` does. Objects must be part
    of a network with ``trials=`` or ``trial=``.

    Parameters
    ----------
    values : sequence
        One value for each trial: an array has trials as its first axis.

    Returns
    -------
    ByTrial
        To be set, as of a variable of neurons, of rates or of spikes.

    Raises
    ------
    ParameterError
        If `values` is no sequence. By what is set: if there are not as many as trials.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(10, snn.LIF())
    >>> net = snn.Network(cells, trials=3)
    >>> cells.I_e = snn.by_trial([0, 400 * snn.pA, 500 * snn.pA])
    >>> cells.I_e[:, 0].tolist()
    [0.0, 400.0, 500.0]
    """
    known = isinstance(values, Sequence) and not isinstance(values, str)
    known = known or (isinstance(values, np.ndarray) and values.ndim > 0)
    if not (known and len(values) and all(map(_is_value, values))):
        raise ParameterError(
            "by_trial",
            f"values={values!r}",
            "values is a sequence with one value for each trial: numbers, arrays, distributions or "
            "expressions",
            "give a list or an array",
        )
    return ByTrial(values)


def _is_value(value: Any) -> bool:
    """Whether something can be set at all."""
    if isinstance(value, str | ValueSource):
        return True
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except ValueError:
        # Lists of different lengths.
        return False
