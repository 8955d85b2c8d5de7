"""A run that is saved and loaded on other numbers of ranks is the run that was not, bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.exchange import World, run_loopback
from tests.saved_networks import MAKERS, Results, continued, same

# In steps that fall into the middle of exchange intervals.
TIMES = (17.3, 12.2, 25.5)
WHOLE = 55.0


@pytest.fixture(scope="module", params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(kind: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, bytes]:
    """The undisturbed run on two ranks, and its recording."""
    path = tmp_path_factory.mktemp("whole") / "spikes.h5"
    found = run_loopback(2, lambda _: continued(MAKERS[kind], WHOLE, record=path))
    assert found[0]["t"].size > 100
    return found[0], path.read_bytes()


@pytest.mark.parametrize("counts", [(3, 1, 4), (1, 7, 2)])
def test_saved_and_loaded_on_other_numbers_of_ranks(
    kind: str, whole: tuple[Results, bytes], counts: tuple[int, ...], tmp_path: Path
) -> None:
    record = tmp_path / "spikes.h5"
    load = None
    for count, time in zip(counts, TIMES, strict=True):
        save = tmp_path / f"after {count}"
        found = run_loopback(
            count,
            lambda _, t=time, a=load, b=save: continued(MAKERS[kind], t, a, b, record),
        )
        load = save
    expected, recorded = whole
    for of_rank in found:
        same(of_rank, expected)
    assert record.read_bytes() == recorded


def test_a_checkpoint_does_not_tell_the_number_of_ranks(kind: str, tmp_path: Path) -> None:
    for count in (1, 2, 3, 4, 7, 40):
        save = tmp_path / f"{count}.h5"
        run_loopback(count, lambda _, path=save: continued(MAKERS[kind], 17.3, save=path))
        assert save.read_bytes() == (tmp_path / "1.h5").read_bytes()


@pytest.mark.parametrize("every", [0.7, 3.7, 50.0])
def test_when_a_run_saves_is_no_part_of_the_result(
    kind: str, whole: tuple[Results, bytes], every: float, tmp_path: Path
) -> None:
    record, checkpoint = tmp_path / "spikes.h5", tmp_path / "state.h5"

    def job(_: object) -> Results:
        net, results = MAKERS[kind]()
        net.run(WHOLE - 20, record=record, checkpoint=checkpoint, every=every)
        net.run(20, record=record, checkpoint=checkpoint, every=every)
        return results()

    # Saving often takes long, so on one rank only.
    for found in run_loopback(1 if every == 0.7 else 3, job):
        same(found, whole[0])
    assert record.read_bytes() == whole[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spikes.h5", "state.h5"]
    again = MAKERS[kind]()
    again[0].load(checkpoint)
    same(again[1](), whole[0])


@pytest.mark.parametrize("count", [1, 3, 4])
def test_all_ranks_stop_at_the_same_step(
    kind: str, whole: tuple[Results, bytes], count: int
) -> None:
    def job(world: World) -> tuple[float, Results]:
        net, results = MAKERS[kind]()
        net.run(5.0)
        engine = net._state.built.engine
        assert engine is not None
        advance = engine._run_steps

        def interrupted() -> int:
            if world.rank == count // 2 and engine.step >= 100:
                engine.stop()
            return advance()

        engine._run_steps = interrupted
        net.run(5.1)
        net.run(40.0)
        reached = net.t
        engine._run_steps = advance
        net.run(WHOLE - reached)
        return reached, results()

    found = run_loopback(count, job)
    assert len({reached for reached, _ in found}) == 1
    assert 10.0 <= found[0][0] < 40.0
    for _, results in found:
        same(results, whole[0])
