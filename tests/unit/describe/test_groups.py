"""Descriptions of groups."""

from __future__ import annotations

import numpy as np

from distsnn.describe.groups import (
    Assignment,
    GeneratorDescription,
    NeuronDescription,
    PoissonDescription,
)
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.values.given import Uniform


def test_receptor_variables_are_in_order() -> None:
    receptors = (Exponential(2.0, name="b"), Delta(), Exponential(1.0, name="a"))
    group = NeuronDescription("cells", 3, LIF(), receptors)
    assert group.receptor_variables == ("I_syn_b", "_arriving", "I_syn_a")


def test_contents_are_plain() -> None:
    """Tuples, strings, numbers and arrays: what a digest can be made of."""
    groups = (
        NeuronDescription(
            "cells",
            3,
            LIF(tau_m=Uniform(5.0, 9.0)),
            (Exponential(2.0),),
            (Assignment("I_e", 0, 2, np.array([1.0, 2.0]), 0),),
        ),
        PoissonDescription("poisson", 2, 0.1),
        GeneratorDescription("given", 2, np.array([1]), np.array([0.5])),
    )

    def check(value: object) -> None:
        if isinstance(value, tuple):
            for part in value:
                check(part)
        else:
            assert value is None or isinstance(value, str | int | float | np.ndarray)

    for group in groups:
        check(group.content())
        assert group.content()[1:3] == (group.name, group.size)
