"""Random networks with values set between runs: saved, resumed elsewhere, never disturbed.

Everything is compared to the last bit with the undisturbed run on one rank.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis as hyp
import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.pieces import check_piece
from tests.random_networks import RandomNetwork, random_network

# Actions are run, change, run, change, run. Each way cuts between some of them; a part has a number
# of ranks and of threads.
WHOLE = (((1, 1), 5),)
WAYS = (
    (((3, 1), 2), ((1, 2), 5)),
    (((5, 1), 1), ((2, 2), 4), ((3, 1), 5)),
    (((2, 2), 3), ((5, 1), 5)),
)

# Compiling takes seconds for each example: shrinking would take hours.
SETTINGS = hyp.settings(
    phases=[hyp.Phase.explicit, hyp.Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(hyp.HealthCheck),
)


def found(
    network: RandomNetwork, way: tuple[tuple[tuple[int, int], int], ...], folder: Path
) -> list[dict[str, bytes]]:
    """What each rank of the last part has found."""
    first, load = 0, None
    of_ranks: list[dict[str, bytes]] = []
    for (ranks, threads), last in way:
        save = None if last == 5 else folder / f"{ranks} {threads} {last}.h5"

        def play(
            _: World,
            threads: int = threads,
            part: tuple[int, int] = (first, last),
            files: tuple[Path | None, Path | None] = (load, save),
        ) -> dict[str, bytes]:
            snn.set_threads(threads)
            return network.part(*part, *files)

        of_ranks = run_loopback(ranks, play)
        first, load = last, save
    return of_ranks


def check_seed(seed: int) -> None:
    network = random_network(seed)
    try:
        with TemporaryDirectory() as name:
            (expected,) = found(network, WHOLE, Path(name))
            for way in WAYS:
                for of_rank in found(network, way, Path(name)):
                    different = [one for one in expected if of_rank[one] != expected[one]]
                    assert not different, f"{way}: {different}"
    except BaseException as error:
        error.add_note(f"seed {seed}\n{network}")
        raise


@pytest.mark.parametrize("seed", [1, 3])
def test_random_networks_go_on_anywhere(seed: int) -> None:
    check_seed(seed)


@pytest.mark.long
@pytest.mark.parametrize("piece", range(25))
@pytest.mark.timeout(1800)
def test_many_random_networks_go_on_anywhere(piece: int) -> None:
    check_piece(__name__, piece)
