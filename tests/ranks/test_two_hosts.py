"""Jobs over two hosts: the same bits, over TCP, with a cache of compiled programs on each.

``.ci/run`` sets DISTSNN_TEST_TWO_HOSTS, and then there must be two; elsewhere a machine may not
allow it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs import COMMAND, FAULT, MODEL, SECONDS_TO_END, run, seconds_since_fault
from tests.two_hosts import NAMES, TwoHosts, missing

RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5")
# Of each host alone, so that each must compile.
CACHE = "/dev/shm/programs"
WORLD = {"DISTSNN_WORLD": "auto"}

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def hosts() -> Iterator[TwoHosts]:
    why = missing()
    if why is not None:
        assert "DISTSNN_TEST_TWO_HOSTS" not in os.environ, why
        pytest.skip(why)
    with TwoHosts() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def test_ranks_of_two_hosts_see_each_other_over_the_network_alone(
    hosts: TwoHosts, folder: Path
) -> None:
    (folder / "ranks.py").write_text(
        "import os, numpy as np\n"
        "from distsnn.exchange import current_world, install_abort\n"
        "world = current_world()\n"
        "install_abort(world)\n"
        "shared = open(f'/dev/shm/{world.rank}', 'w')\n"
        "world.barrier()\n"
        "found = world.allgather_object((world.host, set(os.listdir('/dev/shm'))))\n"
        "if world.rank == 0:\n"
        "    print(*(host for host, _ in found))\n"
        "    print(*(sorted({'0', '1', '2', '3'} & files) for _, files in found))\n"
        "send, receive = np.ones(100_000), np.empty(400_000)\n"
        "world.allgather_into(send, receive)\n"
        "assert receive.sum() == 400_000\n"
    )
    before = [hosts.sent(host) for host in range(2)]
    done = hosts.launch(folder, [sys.executable, "ranks.py"], 4, WORLD)
    assert done.returncode == 0, done.stderr
    one, other = NAMES
    assert done.stdout.splitlines() == [
        f"{one} {other} {one} {other}",
        "['0', '2'] ['1', '3'] ['0', '2'] ['1', '3']",
    ]
    for host in range(2):
        # Two blocks of 800,000 bytes must reach the other host.
        assert hosts.sent(host) - before[host] > 1_600_000


def test_a_run_over_two_hosts_is_that_of_one(hosts: TwoHosts, folder: Path) -> None:
    run(folder, *RUN)
    alone = (folder / "spikes.h5").read_bytes()
    environment = WORLD | {"DISTSNN_CACHE_DIR": CACHE}
    done = hosts.launch(folder, [*COMMAND, *RUN, "--overwrite"], 4, environment)
    assert done.returncode == 0, done.stderr
    assert (folder / "spikes.h5").read_bytes() == alone
    compiled = [set(hosts.files(host, CACHE)) for host in range(2)]
    assert compiled[0] == compiled[1] != set()


def test_an_error_on_the_other_host_ends_all_with_one_message(
    hosts: TwoHosts, folder: Path
) -> None:
    with (folder / "model.py").open("a") as file:
        file.write("\nfrom distsnn.exchange import current_world\n")
        file.write("if current_world().rank == 3:\n    1 / 0\n")
    done = hosts.launch(folder, [*COMMAND, *RUN], 4, WORLD)
    assert done.returncode != 0
    assert done.stderr.count("distsnn: ") == 1, done.stderr
    assert "distsnn: rank 3 of 4: " in done.stderr
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("killed", [0, 1, 2, 3])
def test_a_rank_that_is_killed_ends_all_and_is_named(
    hosts: TwoHosts, folder: Path, killed: int
) -> None:
    (folder / "ranks.py").write_text(
        "import os\n"
        "from distsnn.exchange import current_world, install_abort\n"
        f"{FAULT}\n"
        "world = current_world()\n"
        "install_abort(world)\n"
        "world.barrier()\n"
        f"if world.rank == {killed}:\n"
        "    fault()\n"
        "    os.kill(os.getpid(), 9)\n"
        "world.barrier()\n"
    )
    done = hosts.launch(folder, [sys.executable, "ranks.py"], 4, WORLD)
    assert seconds_since_fault(folder) < SECONDS_TO_END
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert f"distsnn: rank {killed} of 4: killed" in said, said
    assert said.count("distsnn: ") == 1
    # The launcher says where it was.
    assert f"RUNNING AT {hosts.address(killed % 2)}" in said
