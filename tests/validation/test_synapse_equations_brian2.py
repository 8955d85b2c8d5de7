"""Synapses as text against Brian 2: one script under both, which differs in its import only."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from tests.synapse_scripts import IN_ORDER, SCRIPTS

brian2 = pytest.importorskip("brian2")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_gives_the_same_under_brian(name: str) -> None:
    script = SCRIPTS[name]
    brian2.prefs.codegen.target = "cython" if name in IN_ORDER else "numpy"
    brian2.start_scope()
    expected = {k: np.asarray(v, dtype=float) for k, v in script(brian2).items()}
    found = {k: np.asarray(v, dtype=float) for k, v in script(snn).items()}
    if "t" in expected:
        assert expected["t"].size > 1
        order = np.lexsort((expected["i"], expected["t"]))
        np.testing.assert_array_equal(found["i"], expected["i"][order])
        np.testing.assert_allclose(found["t"], expected["t"][order], rtol=1e-12)
    for key in set(expected) - {"t", "i"}:
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-12, atol=1e-13, err_msg=key)
