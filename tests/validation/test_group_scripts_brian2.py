"""Groups against Brian 2: one script under both, which differs in its import only."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from tests.group_scripts import SCRIPTS

brian2 = pytest.importorskip("brian2")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_gives_the_same_under_brian(name: str) -> None:
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    expected = {k: np.asarray(v, dtype=float) for k, v in SCRIPTS[name](brian2).items()}
    found = {k: np.asarray(v, dtype=float) for k, v in SCRIPTS[name](snn).items()}
    for end in [key[:-1] for key in expected if key.endswith("t") and f"{key[:-1]}i" in expected]:
        t, i = f"{end}t", f"{end}i"
        assert expected[t].size > 1
        order = np.lexsort((expected[i], expected[t]))
        expected |= {t: expected[t][order], i: expected[i][order]}
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-11, atol=1e-12, err_msg=key)
