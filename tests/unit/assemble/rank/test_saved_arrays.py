from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.assemble.rank.saved_state import saved_arrays
from distsnn.codegen.program_arguments import (
    NETWORK,
    Argument,
    OfCode,
    OfGroup,
    OfProbe,
    OfTable,
    Role,
)
from distsnn.front.network.built_network import BuiltNetwork
from tests.saved_networks import MAKERS, Made


def built(made: Made) -> BuiltNetwork:
    found: BuiltNetwork | None = made[0]._state.built
    assert found is not None
    return found


def values_of(made: Made) -> dict[Argument, np.ndarray]:
    """Copies of what the program of a network on one rank is called with."""
    engine = built(made).engine
    return {argument: np.array(engine.values[argument]) for argument in arguments_of(made)}


def arguments_of(made: Made) -> tuple[Argument, ...]:
    return built(made).build.program.arguments


def saved_in(made: Made) -> set[Argument]:
    return {a.argument for arrays in saved_arrays(built(made).build).values() for a in arrays}


def given_in(made: Made) -> set[Argument]:
    """What no step writes: weights without a rule and variables without statements too."""
    build = built(made).build
    without_rule = {OfTable(t)["weight"] for t, p in enumerate(build.plastic.parts) if p is None}
    variables = {a for a in arguments_of(made) if a.role == Role.EDGE} - saved_in(made)
    given = {a for a in arguments_of(made) if a.role == Role.GIVEN and a != NETWORK["end"]}
    return given | variables | (without_rule & {*arguments_of(made)})


@pytest.fixture(scope="module", params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_given_does_not_change(kind: str) -> None:
    made = MAKERS[kind]()
    made[0].run(1.0)
    before = values_of(made)
    made[0].run(30.0)
    after = values_of(made)
    for argument in given_in(made):
        assert before[argument].tobytes() == after[argument].tobytes(), argument
    changed = {a for a in before if before[a].tobytes() != after[a].tobytes()}
    # More changes than what is written anew in every step.
    assert {argument.role for argument in changed} > {Role.WORK}


def test_all_that_matters_is_as_it_was_after_loading(kind: str, tmp_path: Path) -> None:
    made, again = MAKERS[kind](), MAKERS[kind]()
    made[0].run(31.0)
    made[0].save(tmp_path / "state.h5")
    again[0].load(tmp_path / "state.h5")
    expected, found = values_of(made), values_of(again)
    saved = saved_in(made)
    for argument in given_in(made) | saved:
        assert expected[argument].tobytes() == found[argument].tobytes(), argument
    # And whatever else there is has no effect.
    made[0].run(9.0)
    again[0].run(9.0)
    expected, found = values_of(made), values_of(again)
    for argument in saved:
        assert expected[argument].tobytes() == found[argument].tobytes(), argument


def test_an_array_without_a_role_is_noticed() -> None:
    for owner, name in (
        (OfTable(0), "last_spike"),
        (OfGroup(0), "trace"),
        (NETWORK, "new"),
        (OfCode(0, "p0"), "weight"),
        (OfProbe(0), "gids"),
    ):
        with pytest.raises(KeyError, match=f"{name} of {type(owner).__name__} has no role"):
            owner[name]


def test_an_argument_is_there_once() -> None:
    assert OfGroup(1)["last_spike"] is OfGroup(1)["last_spike"]
    assert OfGroup(1)["last_spike"] is not OfGroup(2)["last_spike"]
    assert OfGroup(1).state("x") is not OfTable(1).parameter("x")
    assert str(OfCode(2, "p1")["row_of"]) == "s2p1_row_of"
