from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distsnn.assemble.rank.array_roles import FLIGHT, GIVEN, WORK, Declared, declared_arrays
from distsnn.assemble.rank.saved_state import saved_arrays
from distsnn.front.network.built_network import BuiltNetwork
from tests.saved_networks import MAKERS, Made


def built(made: Made) -> BuiltNetwork:
    found: BuiltNetwork | None = made[0]._state.built
    assert found is not None
    return found


def values_of(made: Made) -> dict[str, np.ndarray]:
    """Copies of what the program of a network on one rank is called with."""
    engine = built(made).engine
    arrays = engine.values
    return {name: np.array(arrays[name]) for name in engine.build.program.arguments}


def declared_by(made: Made) -> list[Declared]:
    return declared_arrays(built(made).build)


@pytest.fixture(scope="module", params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_given_does_not_change(kind: str) -> None:
    made = MAKERS[kind]()
    made[0].run(1.0)
    before = values_of(made)
    made[0].run(30.0)
    after = values_of(made)
    roles = {d.argument: d.role for d in declared_by(made)}
    given = [name for name, role in roles.items() if role == GIVEN and name != "end"]
    for name in given:
        assert before[name].tobytes() == after[name].tobytes(), name
    changed = {n for n in roles if before[n].tobytes() != after[n].tobytes()}
    # More changes than what is written anew in every step.
    assert {roles[name] for name in changed} > {WORK}


def test_all_that_matters_is_as_it_was_after_loading(kind: str, tmp_path: Path) -> None:
    made, again = MAKERS[kind](), MAKERS[kind]()
    made[0].run(31.0)
    made[0].save(tmp_path / "state.h5")
    again[0].load(tmp_path / "state.h5")
    expected, found = values_of(made), values_of(again)
    saved = {a.argument for arrays in saved_arrays(built(made).build).values() for a in arrays}
    given = {d.argument for d in declared_by(made) if d.role == GIVEN and d.argument != "end"}
    flight = {d.argument for d in declared_by(made) if d.role == FLIGHT}
    for name in (given | saved) - flight:
        assert expected[name].tobytes() == found[name].tobytes(), name
    # And whatever else there is has no effect.
    made[0].run(9.0)
    again[0].run(9.0)
    expected, found = values_of(made), values_of(again)
    for name in saved - flight:
        assert expected[name].tobytes() == found[name].tobytes(), name


def test_an_array_that_nobody_declared_is_noticed() -> None:
    made = MAKERS["ready"]()
    made[0].run(0.0)
    build = built(made).build
    for name in ("t0_trace", "g0_trace", "new", "z0_new", "p0_new"):
        changed = replace(build, program=replace(build.program, arguments=(name,)))
        with pytest.raises(KeyError):
            declared_arrays(changed)
