"""Networks for which there is too little memory are refused before anything is allocated."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

import distsnn as snn
from distsnn import cli
from distsnn.errors import NotEnoughMemoryError
from distsnn.exchange import SerialWorld, current_world
from distsnn.exchange import free_memory as found_memory
from distsnn.exchange.free_memory import FreeMemory, free_memory, shortage
from distsnn.forecast import enough_memory
from distsnn.forecast.memory_budget import NetworkBudget

MODEL = """
import distsnn as snn


def network(n=2000):
    return snn.Network(snn.NeuronGroup(n, snn.LIF(), name="cells"))
"""


def ring(n: int, rule) -> snn.Network:
    cells = snn.NeuronGroup(n, snn.LIF(), name="cells")
    made = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=1.0, delay=1.5, name="S")
    made.connect(rule)
    return snn.Network(cells, made)


def by_expression(size: int, on_pre: str, **connect) -> snn.Network:
    cells = snn.NeuronGroup(size, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0",
                            method="exact", name="cells")  # fmt: skip
    made = snn.Synapses(cells, cells, "w : 1", on_pre=on_pre, name="S")
    made.connect(**connect)
    return snn.Network(cells, made)


@pytest.mark.parametrize(
    "made",
    [
        lambda: snn.Network(snn.NeuronGroup(4 * 10**9, snn.LIF())),
        lambda: ring(3 * 10**5, snn.AllToAll()),
        lambda: ring(1000, snn.FixedIndegree(10**12)),
        lambda: ring(10**6, snn.Bernoulli(0.9)),
        lambda: by_expression(3 * 10**5, "v_post += w"),
        lambda: by_expression(3 * 10**5, "v_post += w", condition="i != j"),
        lambda: by_expression(3 * 10**5, "v_post += w; w *= 0.9", p=0.9),
        lambda: by_expression(3, "v_post += w", n=2**40),
    ],
    ids=["neurons", "all", "indegree", "p", "text", "condition", "statements", "copies"],
)
def test_what_cannot_fit_is_refused_at_once(made, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [FreeMemory("on host", "host", 30 * 10**9)]
    monkeypatch.setattr(found_memory, "free_memory", Mock(return_value=free))
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    network = made()
    with pytest.raises(
        NotEnoughMemoryError, match=r"it needs .* of memory for 1 rank, and 30 GB a"
    ):
        network.run(0)
    assert time.process_time() - begin < 10
    # Kilobytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_more_neurons_than_numbers() -> None:
    for n in (2 * 10**11, 10**5000, 2**32):
        with pytest.raises(snn.ParameterError, match="at most 4,294,967,295"):
            snn.NeuronGroup(n, snn.LIF())
        with pytest.raises(snn.ParameterError, match="at most 4,294,967,295"):
            snn.PoissonGroup(n, rates=1.0)


def test_of_small_networks_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enough_memory, "shortage", None)
    ring(2000, snn.FixedIndegree(100)).run(0)


@pytest.mark.ranks(1, 2, 3)
def test_the_ranks_of_a_host_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    world = current_world()
    network = ring(9000, snn.FixedIndegree(300))
    budget = NetworkBudget(network.description)
    needed = sum(
        (part := budget.of_rank(rank, world.size)).built + part.building
        for rank in range(world.size)
    )
    needed += 8 * budget.n_states if world.size == 1 else 0
    monkeypatch.setattr(enough_memory, "_SMALL", 0)

    def free(share: float, key: str = "host") -> None:
        found = [FreeMemory("on host", key, int(share * needed))]
        monkeypatch.setattr(found_memory, "free_memory", Mock(return_value=found))

    free(0.99)
    who = "1 rank" if world.size == 1 else f"{world.size} ranks"
    with pytest.raises(NotEnoughMemoryError, match=f"of memory for {who}, and"):
        network.run(0)
    # Each of them has so much for itself.
    free(1.02 / world.size, f"process {world.rank}")
    network.run(0)
    assert network.built
    free(0.1)
    again = ring(9000, snn.FixedIndegree(300))
    again.run(0, force=True)
    assert again.built


def test_limits_of_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both versions; the lowest in the hierarchy counts, without cached files."""
    local = tmp_path / "own"
    job = tmp_path / "cgroup" / "job" / "step"
    job.mkdir(parents=True)
    monkeypatch.setattr(found_memory, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(found_memory, "_OWN", local)
    local.write_text("0::/job/step\n")
    (job / "memory.max").write_text("max\n")
    (job / "memory.current").write_text("5\n")
    (job / "memory.stat").write_text("anon 3\ninactive_file 1\n")
    (job.parent / "memory.max").write_text("10000\n")
    (job.parent / "memory.current").write_text("4000\n")
    (job.parent / "memory.stat").write_text("anon 3000\ninactive_file 1000\n")
    host, limit, *_ = free_memory(SerialWorld())
    assert "within the limit of the job or container" in limit.what
    assert (limit.n_bytes, host.n_bytes > 10**6) == (7000, True)
    short = shortage(SerialWorld(), 7001.0)
    assert short is not None
    assert (short.free, short.needed, short.ranks) == (limit, 7001.0, 1)
    assert shortage(SerialWorld(), 7000.0) is None
    # A container that sees its own group as the root.
    local.write_text("0::/../../docker\n")
    (tmp_path / "cgroup" / "memory.max").write_text("99\n")
    (tmp_path / "cgroup" / "memory.current").write_text("9\n")
    (tmp_path / "cgroup" / "memory.stat").write_text("")
    assert free_memory(SerialWorld())[1].n_bytes == 90
    old = tmp_path / "cgroup" / "memory" / "slurm"
    old.mkdir(parents=True)
    local.write_text("4:cpu,cpuacct:/slurm\n3:memory:/slurm\n")
    (old / "memory.limit_in_bytes").write_text("500\n")
    (old / "memory.usage_in_bytes").write_text("300\n")
    (old / "memory.stat").write_text("inactive_file 7\ntotal_inactive_file 100\n")
    (old.parent / "memory.limit_in_bytes").write_text(f"{2**63 - 4096}\n")
    (old.parent / "memory.usage_in_bytes").write_text("300\n")
    (old.parent / "memory.stat").write_text("")
    assert [one.n_bytes for one in free_memory(SerialWorld())[1:]] == [300]
    local.unlink()
    assert len(free_memory(SerialWorld())) == 1


def test_the_command_says_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    (tmp_path / "model.py").write_text(MODEL)
    free = [FreeMemory("on host", "host", 1000)]
    monkeypatch.setattr(found_memory, "free_memory", Mock(return_value=free))
    monkeypatch.setattr(enough_memory, "_SMALL", 0)

    def command(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        return ended.value.code, capsys.readouterr().err

    run = ("run", "model.py", "--time", "1", "--quiet", "--checkpoint", "s.h5")
    status, text = command(*run)
    assert status == 1
    assert text.startswith("distsnn: Network: it needs at least 16,000 bytes of memory for 1 rank")
    assert text.count("\n") == 1
    assert command(*run, "--force") == (0, "")
    again = ("resume", "s.h5", "--time", "2", "--quiet")
    assert command(*again)[0] == 1
    assert command(*again, "--force") == (0, "")
