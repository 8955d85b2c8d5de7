"""Numbers that no computer holds are refused as they are read, at once."""

from __future__ import annotations

import time

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import parse_expression

TOO_LARGE = (
    "10**10**10",
    "2**2**2**2**2**2",
    "(10**10**10)*0",
    "1 + 10**-10**10",
    "int(9**9**9**9) > 0",
    "x < 0 and 10**400 > x",
    "(10**300)*(10**300)",
    "10.0**400",
    "1.5**10**10",
    "1e400",
    "9" * 4000,
    "2**63",
    "2**62 + 2**62",
    "-(-10)**30",
)
FINE = ("2**62", "10**-3", "2.0**64", "1e300*x", "1/0", "0**-1", "(-8)**(1/3)", "x**10**10",
        "-7//2", "5 % -3", "1.5**-10.0", "inf", "0**10**9", "1**10**10 + x")  # fmt: skip


def read(text: str) -> None:
    parse_expression(text, SourceLocation("G", "expression", text))


@pytest.mark.parametrize("text", TOO_LARGE, ids=range(len(TOO_LARGE)))
def test_what_is_too_large_is_refused(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(EquationError, match="this number is too large"):
        read(text)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("text", FINE)
def test_what_can_be_stored_is_read(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "text", ["-" * 500 + "1", "+".join(["x"] * 300), "(" * 150 + "1", "1+" * 9000]
)
def test_what_is_too_deep_is_refused(text: str) -> None:
    with pytest.raises(EquationError):
        read(text)
    read("+".join(["x"] * 150))


def test_all_texts_of_users_are_checked() -> None:
    """Wherever a text may stand, also one whose linear equations are solved exactly."""
    decay, large = "dv/dt = -v/(10*ms) : 1", "10**10**10"
    made = snn.NeuronGroup(2, decay, threshold="v > 1", reset="v = 0", method="exact")
    synapses = snn.Synapses(made, made, "w : 1", on_pre="v_post += w")
    for use in (
        lambda: snn.NeuronGroup(2, f"dv/dt = (-v + {large})/(10*ms) : 1"),
        lambda: snn.NeuronGroup(2, decay, threshold=f"v > {large}", reset="v = 0"),
        lambda: snn.NeuronGroup(2, decay, threshold="v > 1", reset=f"v = {large}"),
        lambda: snn.NeuronGroup(2, decay, threshold="v > 1", refractory=f"{large}*ms"),
        lambda: snn.PoissonGroup(2, rates=f"{large}*Hz"),
        lambda: snn.Synapses(made, made, on_pre=f"v_post += {large}"),
        lambda: setattr(made, "v", large),
        lambda: synapses.connect(condition=f"i < {large}"),
        lambda: synapses.connect(j=f"k for k in range({large})"),
        lambda: synapses.connect(p=large),
        lambda: snn.NeuronGroup(2, f"v : volt**({large})"),
        lambda: snn.NeuronGroup(2, "v : volt**1e400"),
        lambda: snn.NeuronGroup(2, "v : " + "1*" * 5000 + "1"),
    ):
        with pytest.raises(snn.DistsnnError):
            use()


def test_whole_numbers_from_outside_do_not_grow_either() -> None:
    k = 10  # noqa: F841 - the equation's
    values = snn.NeuronGroup(2, "v : 1")
    values.v = "k**k**k"
    assert np.all(np.isinf(values.v[:]))
