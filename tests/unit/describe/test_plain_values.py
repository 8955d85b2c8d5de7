from __future__ import annotations

import json

import numpy as np
import pytest

from distsnn.describe.checks.digest import digest_of
from distsnn.describe.groups import Assignment
from distsnn.describe.plain_values import from_plain, to_plain
from distsnn.describe.synapses.equation_based import SynapseAssignment
from distsnn.describe.values.given import LogNormal, Normal, PerSource, PerSynapse, Uniform
from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.describe.values.timed_arrays import TimedArray


def test_every_kind_of_value_comes_back() -> None:
    names = Names({"tau": 0.1, "big": np.inf}, {"stim": TimedArray([[1.0, 2.0]], dt=0.3)})
    values = [
        Assignment("v", 0, 3, Expression("tau*i", names), 5),
        Assignment("v", 1, 2, Normal(0.1, 0.2, low=-1), 6),
        SynapseAssignment("w", np.arange(3) / 7, 2, 1, np.array([4, 0, 9]), (3, 1)),
        SynapseAssignment("w", LogNormal(0.3, 0.1), 3, 1 << 31, Expression("i < 2", names)),
        *(PerSource(np.array([0.5, 1.5])), PerSynapse(np.array([0.25])), Uniform(1, 2), names),
    ]
    for value in values:
        arrays: list[np.ndarray] = []
        plain = json.loads(json.dumps(to_plain((value, np.float64(0.1), None, 2**70), arrays)))
        again, *others = from_plain(plain, arrays)
        assert digest_of(again.content()) == digest_of(value.content())
        assert others == [0.1, None, 2**70]
    with pytest.raises(TypeError, match="type object cannot be written"):
        to_plain([object()], [])
