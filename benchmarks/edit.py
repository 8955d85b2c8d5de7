"""How long does an edit delay the first step? ``python benchmarks/edit.py`` on one core.

CPU seconds of the first ``run(1*ms)`` of three networks: with empty caches, as they are, with a
monitor more and with another equation (in `several` with other equations everywhere). Each runs in
a process of its own, where caches hold what the unchanged network has left.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

import distsnn as snn

EDITS = ("nothing", "monitor", "equation")


def coba(edit: str) -> snn.Network:
    """COBA of Brette et al. (2007) as equations."""
    leak = "-60" if edit != "equation" else "-61"
    model = f"""
    dv/dt = ({leak}*mV - v + ge*(0*mV - v) + gi*(-80*mV - v))/(20*ms) : volt (unless refractory)
    dge/dt = -ge/(5*ms) : 1
    dgi/dt = -gi/(10*ms) : 1"""
    cells = snn.NeuronGroup(
        4000, model, threshold="v > -50*mV", reset="v = -60*mV", refractory="5*ms",
        method="exponential_euler", name="cells",
    )  # fmt: skip
    cells.v = "-60*mV + 15*mV*rand()"
    exc = snn.Synapses(cells[:3200], cells, on_pre="ge += 0.6", name="exc")
    inh = snn.Synapses(cells[3200:], cells, on_pre="gi += 6.7", name="inh")
    exc.connect(p=0.02)
    inh.connect(p=0.02)
    objects = [cells, exc, inh, snn.SpikeMonitor(cells, name="spikes")]
    if edit == "monitor":
        objects.append(snn.StateMonitor(cells, ["v", "ge"], record=[0, 1], name="traces"))
    return snn.Network(*objects, seed=1)


def plastic(edit: str) -> snn.Network:
    """Neurons with STDP of Poisson sources, and statements that are not recognized."""
    tau = 10 if edit != "equation" else 11
    cells = snn.NeuronGroup(
        100, f"dv/dt = -v/({tau}*ms) : 1", threshold="v > 1", reset="v = 0", name="cells"
    )
    sources = snn.PoissonGroup(100, rates=20 * snn.Hz, name="sources")
    learned = snn.Synapses(
        sources, cells, _STDP,
        on_pre="v_post += w\napre += 0.01\nw = clip(w + apost, 0, 1)",
        on_post="apost -= 0.01\nw = clip(w + apre, 0, 1)", name="learned",
    )  # fmt: skip
    learned.connect()
    learned.w = "rand()"
    kicks = snn.Synapses(cells, cells, on_pre="v_post += 0.1*rand()", name="kicks")
    kicks.connect(p=0.1)
    objects = [cells, sources, learned, kicks]
    if edit == "monitor":
        objects.append(snn.StateMonitor(cells, "v", record=[0], name="traces"))
    return snn.Network(*objects, seed=1)


def several(edit: str) -> snn.Network:
    """Three objects of synapses, of which the edit of equations changes all."""
    x = 60 if edit != "equation" else 61
    cells = snn.NeuronGroup(
        400,
        f"""dv/dt = (-{x}*mV - v - ge*v + gi*(-80*mV - v))/(20*ms) : volt (unless refractory)
        dge/dt = -ge/({x}/12*ms) : 1
        dgi/dt = -gi/({x}/6*ms) : 1""",
        threshold="v > -50*mV", reset=f"v = -{x}*mV", refractory="5*ms", method="euler",
        name="cells",
    )  # fmt: skip
    sources = snn.PoissonGroup(100, rates=20 * snn.Hz, name="sources")
    exc = snn.Synapses(cells, cells, on_pre=f"ge_post += rand()/{x}", name="exc")
    exc.connect(p=0.1)
    inh = snn.Synapses(
        cells, cells, "q : 1", on_pre=f"gi_post += q/{x}", on_post=f"q = clip(q + 1/{x}, 0, 1)",
        name="inh",
    )  # fmt: skip
    inh.connect(condition=f"abs(i - j) < {x}")
    learned = snn.Synapses(
        sources, cells, _STDP, name="learned",
        on_pre=f"ge_post += w\napre += 0.01\nw = clip(w + apost, 0, 1)*(1 + apre/{x})",
        on_post=f"apost -= 0.01\nw = clip(w + apre/{x}, 0, 1)",
    )  # fmt: skip
    learned.connect(p=0.2)
    objects = [cells, sources, exc, inh, learned, snn.SpikeMonitor(cells, name="spikes")]
    if edit == "monitor":
        objects.append(snn.StateMonitor(cells, ["v", "ge"], record=[0, 1], name="traces"))
    return snn.Network(*objects, seed=1)


_STDP = """w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)"""
NETWORKS = {"coba": coba, "plastic": plastic, "several": several}


def first_run(name: str, edit: str) -> float:
    """CPU seconds of the first run."""
    net = NETWORKS[name](edit)
    begin = process_time()
    net.run(1 * snn.ms)
    return process_time() - begin


def in_process(name: str, edit: str, caches: Path) -> float:
    """`first_run` in a process with these caches, of distsnn and of numba."""
    folders = {f"{x}_CACHE_DIR": str(caches / x.lower()) for x in ("DISTSNN", "NUMBA")}
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, edit],
        check=True, capture_output=True, text=True, env=os.environ | folders,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def measured(name: str, repeat: int) -> list[float]:
    """The first run of all, and medians of the edits of a network."""
    with tempfile.TemporaryDirectory() as folder:
        # numba knows what it has compiled by where it lies, so that caches stay in one place.
        caches, warm = Path(folder, "caches"), Path(folder, "warm")
        caches.mkdir(mode=0o700)
        found = [in_process(name, "nothing", caches)]
        shutil.copytree(caches, warm)
        for edit in EDITS:
            seconds = []
            for _ in range(repeat):
                shutil.rmtree(caches)
                shutil.copytree(warm, caches)
                seconds.append(in_process(name, edit, caches))
            found.append(statistics.median(seconds))
    return found


def main() -> None:
    """Print a line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), help=", ".join(NETWORKS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(first_run(*given.one))
        return
    print(f"| network | empty caches | {' | '.join(EDITS)} |")
    print("| --- | --- | --- | --- | --- |")
    for name in given.networks:
        cells = " | ".join(f"{x:.2f}" for x in measured(name, given.repeat))
        print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
