"""Random networks: the same script under Brian 2 and distsnn, then on several ranks.

`tests.random_models` draws scripts, `tests.beside_brian` compares them.
"""

from __future__ import annotations

from random import Random

import hypothesis as hyp
import numpy as np
import pytest
from hypothesis import strategies as st
from mpmath import mp

import distsnn as snn
from tests.beside_brian import SETTINGS, TOLERANCE, check, compare
from tests.pieces import check_piece
from tests.random_models import random_script


@hyp.settings(SETTINGS, max_examples=1, derandomize=True)
@hyp.given(seed=st.integers(0, 2**32 - 1))
def test_random_models(seed: int) -> None:
    check_seed(seed)


@pytest.mark.long
@pytest.mark.parametrize("piece", range(50))
@pytest.mark.timeout(1800)
def test_many_random_models(piece: int) -> None:
    check_piece(__name__, piece)


def check_seed(seed: int) -> None:
    check(random_script(Random(seed), Random(f"{seed} more")), snn)


def test_the_exact_method_has_all_digits() -> None:
    """A part of seed 1045, of which Brian finds v to 5e-12; compared with 30 digits."""
    ms, mV = snn.ms, snn.mV
    G = snn.NeuronGroup(
        1,
        """dv/dt = (1.9*I + 0.7755*(b/(7*mV)) + 0.2833*(g/(7*mV)) - 0.8991*h - v)/T : 1
        dg/dt = (-0.4349*h*(7*mV) - g)/(0.25*4.0355*ms) : volt
        dh/dt = (0.8902*(b/(7*mV)) - h)/(3.1*10.2655*ms) : 1
        b = exprel(-0.05585499)*(7*mV) : volt
        T : second (constant)
        I : 1""",
        method="exact",
    )
    G.T, G.I, G.v, G.g, G.h = 8.8004 * ms, 0.5988, 0.4928, 0.0449 * 7 * mV, 1.1
    snn.Network(G).run(16.1 * ms)
    with mp.workdps(30):
        x = mp.mpf("-0.05585499")
        b, T = mp.expm1(x) / x, mp.mpf("8.8004")
        tau_g, tau_h = mp.mpf("4.0355") / 4, mp.mpf("3.1") * mp.mpf("10.2655")
        A = mp.matrix(
            [
                [-1 / T, mp.mpf("0.2833") / T, -mp.mpf("0.8991") / T],
                [0, -1 / tau_g, -mp.mpf("0.4349") / tau_g],
                [0, 0, -1 / tau_h],
            ]
        )
        to_v = mp.mpf("1.9") * mp.mpf("0.5988") + mp.mpf("0.7755") * b
        drive = mp.matrix([to_v / T, 0, mp.mpf("0.8902") * b / tau_h])
        rest = -mp.inverse(A) * drive
        start = mp.matrix([mp.mpf(x) for x in ("0.4928", "0.0449", "1.1")])
        end = [float(value) for value in rest + mp.expm(A * mp.mpf("16.1")) * (start - rest)]
    np.testing.assert_allclose([G.v[0], G.g[0] / (7 * mV), G.h[0]], end, rtol=5e-14)


def test_the_comparison_can_fail() -> None:
    script = random_script(Random(3))
    names = {"a spikes t": [1.0, 2.0], "a spikes i": [0.0, 1.0], "v": [0.3], "S.i": [1.0]}
    expected = {name: np.array(values) for name, values in names.items()}
    tolerance = dict.fromkeys(names, TOLERANCE)
    compare(expected, expected, tolerance)
    for name in names:
        changed = {k: v.copy() for k, v in expected.items()}
        changed[name][0] += 1e-11 if name == "v" else 1.0
        with pytest.raises(AssertionError):
            compare(changed, expected, tolerance)
    assert random_script(Random(3)) == script != random_script(Random(4))
