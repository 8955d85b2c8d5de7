"""A network that records everything to files, and what two files must have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

import distsnn as snn
from distsnn.exchange import World
from distsnn.record.files.provenance import PROVENANCE


class Recorded:
    """Ready and written models with their monitors, in memory and to files in a folder."""

    def __init__(self, folder: Path, compression: str | None = None) -> None:
        self.folder = folder
        cells = snn.NeuronGroup(
            11, snn.LIF(I_e=np.linspace(280.0, 700.0, 11), t_ref=0.5), name="cells"
        )
        text = snn.NeuronGroup(
            5,
            "dv/dt = (1.2*volt - v)/(9*ms) : volt",
            threshold="v > 1*volt",
            reset="v = 0*volt",
            name="text",
        )
        exc = snn.Exponential(4.0, name="exc")
        ready = snn.Synapses(
            cells, cells, exc, weight=snn.Normal(40.0, 10.0), delay=snn.Uniform(0.5, 3.0),
            name="ready",
        )  # fmt: skip
        ready.connect(p=0.4)
        ready.connect(snn.FixedIndegree(2))
        plastic = snn.Synapses(
            text, text[1:],
            "w : volt\ndapre/dt = -apre/(20*ms) : 1 (event-driven)",
            on_pre="v_post += w\napre += 1\nw = clip(w - 0.001*apre*volt, 0*volt, 1*volt)",
            delay=0.5, name="plastic",
        )  # fmt: skip
        plastic.connect(p=0.7)
        plastic.connect(i=[0, 3], j=[0, 0])
        plastic.w = "0.02*rand()*volt"
        self.plastic = plastic
        fast = snn.Synapses(text[2:], text, on_pre="v_post += 0.01*volt", name="fast")
        fast.connect(i=[0, 0, 2], j=[4, 4, 1])
        rule = snn.STDP(0.1, 0.1, w_max=60.0)
        learning = snn.Synapses(
            cells, cells[1:], exc, weight=snn.Uniform(10.0, 50.0), delay=0.5,
            dendritic_delay=snn.Uniform(0.1, 0.4), stdp=rule, name="learning",
        )  # fmt: skip
        learning.connect(snn.FixedOutdegree(3))
        self.ready, self.fast, self.learning = ready, fast, learning
        names = ["spikes", "V_m", "both", "w", "none", "learned", "weights"]
        self.names = [f"{name}.h5" for name in names]

        def file(name: str) -> snn.RecordingFile:
            return snn.RecordingFile(folder / name, compression=compression)

        self.spikes = file("spikes.h5")
        self.pairs = [
            tuple(snn.StateMonitor(*given, **options, to=to) for to in (None, file(name)))
            for name, given, options in (
                ("V_m.h5", (cells, "V_m", True), {"dt": 0.3}),
                ("both.h5", (cells[2:9], ["V_m", "I_syn_exc"], [5, 0, 5, 3]), {"when": "end"}),
                ("w.h5", (plastic, ["w", "apre"], True), {"dt": 0.7}),
                ("learned.h5", (learning, "w", [20, 3, 3, 7]), {"dt": 0.5}),
                ("none.h5", (text, "v", False), {}),
            )
        ]
        monitors = [monitor for pair in self.pairs for monitor in pair]
        self.network = snn.Network(
            cells, text, ready, plastic, fast, learning, monitors, dt=0.1, seed=5
        )

    def run(self, *durations: float, **options: Any) -> None:
        """Run and record."""
        for duration in durations:
            self.network.run(duration, record=self.spikes, **options)
        to = snn.RecordingFile(self.folder / "weights.h5", compression=self.spikes.compression)
        self.network.write_weights(to, overwrite=True)

    def check(self) -> None:
        """Files hold what monitors keep, in single precision."""
        for kept, written in self.pairs:
            np.testing.assert_array_equal(written.t, kept.t)
            assert written.N == kept.N
            for name in kept.record_variables:
                expected = getattr(kept, name).astype(np.float32)
                np.testing.assert_array_equal(getattr(written, name), expected)
        self.check_weights()

    def check_weights(self) -> None:
        """The file of synapses holds what the synapses say of themselves."""
        file = snn.EdgeFile(self.folder / "weights.h5")
        for synapses, shift in (
            (self.ready, (0, 0)),
            (self.plastic, (0, 1)),
            (self.fast, (2, 0)),
            (self.learning, (0, 1)),
        ):
            found = file.edges(synapses.name)
            i, j = (found[end] for end in ("source_node_id", "target_node_id"))
            order = np.lexsort((synapses.j, synapses.i))
            np.testing.assert_array_equal(i, synapses.i[order] + shift[0])
            np.testing.assert_array_equal(j, synapses.j[order] + shift[1])
            same = np.append(False, (np.diff(i) == 0) & (np.diff(j) == 0))
            assert (found["number"][~same] == 0).all()
            assert (found["number"][same] == found["number"][np.flatnonzero(same) - 1] + 1).all()
            for name in file.populations[synapses.name].units:
                expected = getattr(synapses, name.removeprefix("syn_"))
                np.testing.assert_array_equal(file.values(synapses.name, name), expected[order])


def content(path: Path) -> dict[str, Any]:
    """Every dataset, attribute and type of a file, but how it is stored and what made it."""
    found: dict[str, Any] = {}

    def visit(name: str, item: h5py.HLObject) -> None:
        if name.startswith(PROVENANCE):
            return
        for key, value in item.attrs.items():
            if not key.endswith("version") and key != "sealed":
                found[f"{name} {key}"] = np.asarray(value).tolist()
        if isinstance(item, h5py.Dataset):
            values = np.asarray(item[()])
            # Texts are objects, whose bytes are addresses.
            held = repr(values.tolist()) if values.dtype == object else values.tobytes()
            found[name] = (str(item.dtype), item.shape, held, item.compression)

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def contents(world: World, folder: Path, compression: str | None = None) -> dict[str, Any]:
    """All files of two runs, made by the ranks of a world."""
    recorded = Recorded(folder, compression)
    recorded.run(9.3, 8.0)
    recorded.check()
    world.barrier()
    return {name: content(folder / name) for name in recorded.names}
