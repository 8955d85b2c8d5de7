"""Random networks: the same script under Brian 2 and distsnn, then on several ranks.

`tests.random_models` draws scripts. Spikes, edges and whole numbers must agree exactly.

Other values: both simulators compute the same formulas, but write them differently (sympy
rearranges Brian's) and in other units, so that each operation may differ by a rounding, 1e-16
relative. A step does below 1e3 of them and damps what was before (every equation relaxes, or is
bounded), except where a synapse feeds back; 300 steps stay below 1e-10 then. `TOLERANCE` leaves a
factor of 100 for feedback; an error of a formula or of a step shows at 1e-6 and above.

A spike is a jump: where |v - threshold| (or what decides about refractoriness) comes below
`TIE` in some step, roundings may decide, and the example is discarded; with constants of four odd
digits that happens in about 1 of 1e5 examples. So are those that the peer cannot run, because its
algebra fails or values overflow.

On 2 and 3 ranks all that the script finds must be the same to the last bit.
"""

from __future__ import annotations

import warnings
from random import Random
from typing import Any

import hypothesis as hyp
import numpy as np
import pytest
from hypothesis import strategies as st

import distsnn as snn
from distsnn.exchange import run_loopback
from tests.random_models import random_script

brian2 = pytest.importorskip("brian2")

TOLERANCE = 1e-8
TIE = 1e-9
Results = dict[str, np.ndarray]

# Compiling takes seconds for each example: shrinking would take hours, and a failing script is
# short enough to be read.
SETTINGS = hyp.settings(
    phases=[hyp.Phase.explicit, hyp.Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(hyp.HealthCheck),
)


def execute(script: str, module: Any) -> Results:
    names: dict[str, Any] = {"snn": module, "np": np}
    exec(compile(script, "script", "exec"), names)
    return {name: np.asarray(values, dtype=float) for name, values in names["found"].items()}


def run_brian(script: str) -> Results | None:
    """What Brian finds; None if it cannot run the script, or it is no example."""
    brian2.prefs.codegen.target = "numpy"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = execute(script, brian2)
        except Exception as error:  # noqa: BLE001 - of its algebra; the same script runs below
            hyp.note(f"Brian cannot run it: {error!r}")
            return None
    finite = all(np.isfinite(values).all() for values in found.values())
    deciding = [v for k, v in found.items() if k.endswith((" margin", " guard"))]
    clear = all(np.abs(values).min() > TIE for values in deciding)
    return found if finite and clear else None


def compare(found: Results, expected: Results) -> None:
    assert found.keys() == expected.keys()
    for name, theirs in expected.items():
        ours = found[name]
        if name.endswith(" spikes t"):
            index = name[:-1] + "i"
            order = np.lexsort((expected[index], np.round(theirs, 6)))
            np.testing.assert_array_equal(found[index], expected[index][order], err_msg=index)
            np.testing.assert_allclose(ours, theirs[order], rtol=1e-9, atol=1e-9, err_msg=name)
        elif name.endswith(".delay"):
            # Brian shows what was asked for, of one delay for all only that one.
            assert np.abs(ours - np.broadcast_to(theirs, ours.shape)).max(initial=0.0) < 0.11
        elif name.endswith((".i", ".j", ".n", " at spikes i")):
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
        elif not name.endswith(" spikes i"):
            np.testing.assert_allclose(ours, theirs, TOLERANCE, 0.1 * TOLERANCE, err_msg=name)


def check(script: str) -> None:
    """Compare a script with Brian, and on 1, 2 and 3 ranks."""
    expected = run_brian(script)
    hyp.assume(expected is not None)
    assert expected is not None
    try:
        alone = run_loopback(1, lambda _: execute(script, snn))[0]
        compare(alone, expected)
        for size in (2, 3):
            for found in run_loopback(size, lambda _: execute(script, snn)):
                for name, values in alone.items():
                    assert found[name].tobytes() == values.tobytes(), f"{size} ranks: {name}"
    except BaseException as error:
        error.add_note(script)
        raise


@hyp.settings(SETTINGS, max_examples=6, derandomize=True)
@hyp.given(seed=st.integers(0, 2**32 - 1))
def test_random_models(seed: int) -> None:
    check(random_script(Random(seed)))


@pytest.mark.long
@pytest.mark.timeout(7200)
@hyp.settings(SETTINGS, max_examples=200)
@hyp.given(seed=st.integers(0, 2**32 - 1))
def test_many_random_models(seed: int) -> None:
    check(random_script(Random(seed)))


def test_the_comparison_can_fail() -> None:
    script = random_script(Random(3))
    names = {"a spikes t": [1.0, 2.0], "a spikes i": [0.0, 1.0], "v": [0.3], "S.i": [1.0]}
    expected = {name: np.array(values) for name, values in names.items()}
    compare(expected, expected)
    for name in names:
        changed = {k: v.copy() for k, v in expected.items()}
        changed[name][0] += 1e-6 if name == "v" else 1.0
        with pytest.raises(AssertionError):
            compare(changed, expected)
    assert random_script(Random(3)) == script != random_script(Random(4))
