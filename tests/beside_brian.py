"""A script under Brian 2 and distsnn, then on several ranks: what must agree, and how closely.

Spikes, edges and whole numbers must agree exactly.

Other values: both simulators compute the same formulas, but write them differently (sympy
rearranges Brian's) and in other units, so that each operation may differ by a rounding, 1e-16
relative. Where every equation relaxes this stays below `TOLERANCE`: a step does below 1e3
operations, and forgets what was before within some of them. Feedback between neurons amplifies
it, and by how much is measured: Brian runs every example a second time with all that it begins
with changed by `NUDGE`. An array may differ from Brian's by `ROUNDINGS` times what that changed
in it: 200 steps whose 1e3 roundings of 1e-16 have random signs come to 5e-14 times the
amplification, five times `NUDGE`, and a worst case is taken as six times the usual one. An error
of a formula or of a step shows at 1e-6 and above.

Where Brian integrates by ``exact``, the closed form that sympy gives it can cancel: it has lost
digits up to 5e-12, where distsnn has all. There
`EXACT_TOLERANCE` holds.

A jump does not follow from its surroundings: where |v - threshold| (or what decides about
refractoriness) comes below `TIE` in some step, or where the second run differs by more than `TIE`
(a floor or a sign decided otherwise, or chaos), roundings may decide, and the example is
discarded. So are those that the peer cannot run, because its algebra fails or values overflow.

On 2 and 3 ranks all that the script finds must be the same to the last bit.
"""

from __future__ import annotations

import warnings
from typing import Any

import hypothesis as hyp
import numpy as np
import pytest

from distsnn.exchange import run_loopback

TOLERANCE, EXACT_TOLERANCE = 1e-12, 1e-10
NUDGE = 1e-14
ROUNDINGS = 30
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


def execute(script: str, module: Any, **given: Any) -> Results:
    names: dict[str, Any] = {"snn": module, "np": np, **given}
    exec(compile(script, "script", "exec"), names)
    return {name: np.asarray(values, dtype=float) for name, values in names["found"].items()}


def nudge(part: Any, variables: list[str]) -> None:
    """Change variables of Brian's by `NUDGE` of their values, up and down."""
    for variable in variables:
        values = np.array(getattr(part, f"{variable}_")[:])
        signs = 1.0 - 2.0 * (np.arange(values.size) % 2)
        setattr(part, f"{variable}_", values * (1.0 + NUDGE * signs))


def difference(values: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, relative to values with a floor of 0.1."""
    if values.shape != other.shape:
        return np.inf
    return float((np.abs(values - other) / (0.1 + np.abs(other))).max(initial=0.0))


def run_brian(script: str) -> tuple[Results, dict[str, float]] | None:
    """What Brian finds and how far that may be missed; None if it is no example."""
    brian2 = pytest.importorskip("brian2")
    brian2.prefs.codegen.target = "numpy"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = execute(script, brian2)
            nudged = execute(script, brian2, nudged=(nudge, NUDGE))
        except Exception as error:  # noqa: BLE001 - of its algebra; the same script runs below
            hyp.note(f"Brian cannot run it: {error!r}")
            return None
    finite = all(np.isfinite(values).all() for values in found.values())
    deciding = [v for k, v in found.items() if k.endswith((" margin", " guard"))]
    clear = all(np.abs(values).min() > TIE for values in deciding)
    moved = {name: difference(nudged[name], values) for name, values in found.items()}
    if not finite or not clear or max(moved.values()) > TIE:
        hyp.note("no example: not finite, or decided by roundings")
        return None
    least = EXACT_TOLERANCE if "method='exact'" in script else TOLERANCE
    return found, {name: least + ROUNDINGS * value for name, value in moved.items()}


def compare(found: Results, expected: Results, tolerance: dict[str, float]) -> None:
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
            assert ours.shape == theirs.shape, name
            assert difference(ours, theirs) <= tolerance[name], name


def check(script: str, module: Any) -> None:
    """Compare a script with Brian, and on 1, 2 and 3 ranks, with `module` as its simulator."""
    example = run_brian(script)
    hyp.assume(example is not None)
    assert example is not None
    try:
        alone = run_loopback(1, lambda _: execute(script, module))[0]
        compare(alone, *example)
        for size in (2, 3):
            for found in run_loopback(size, lambda _: execute(script, module)):
                for name, values in alone.items():
                    assert found[name].tobytes() == values.tobytes(), f"{size} ranks: {name}"
    except BaseException as error:
        error.add_note(script)
        raise
