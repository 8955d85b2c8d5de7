"""Delays that learn to hear from where, with the same bits on any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import distsnn as snn
from distsnn import learning
from distsnn.errors import FileError
from distsnn.exchange import run_loopback

FIBRES, DT, LOW, HIGH = 8, 0.1, 1.0, 6.0


def learned(path: Path, steps: int) -> tuple[bytes, bool, float]:
    """Delays after some more steps, whether each place is first for its sound, and the last loss.

    Training goes on from a file and ends with it.
    """
    draw = np.random.default_rng(4)
    ears = snn.SpikeGeneratorGroup(FIBRES, [], [], name="ears")
    places = snn.NeuronGroup(2, snn.LIF(tau_m=4.0, t_ref=20.0), name="places")
    delays = draw.uniform(3.0, 4.5, 2 * FIBRES)
    S = snn.Synapses(ears, places, snn.Exponential(tau=2.0), weight=700.0, delay=delays, name="S")
    S.connect()
    net = snn.Network(ears, places, S, dt=DT)
    adjoint = learning.Adjoint(net)
    net.store()
    adam, done = learning.Adam(rate=0.08), 0
    try:
        saved = adam.load(path)
        done, delays = int(saved["done"]), saved["delays"]
    except FileError:
        pass
    losses = []
    for step in range(done, done + steps):
        late = 1.5 if step % 2 else -1.5
        net.restore()
        S.delay = delays
        # Delays are simulated in whole steps; what is learned is not rounded.
        np.testing.assert_allclose(np.array(S.delay), np.rint(delays / DT) * DT, atol=1e-9)
        ears.set_spikes(np.arange(FIBRES), 3.0 + late * (np.arange(FIBRES) >= FIBRES // 2))
        net.run(20.0, progress=False)
        loss = learning.FirstSpikeCrossEntropy(places, step % 2, 0.3)
        gradient = adjoint.backward(loss, least_slope=0.1)
        delays = adam.changed("delays", delays, gradient.delay(S), low=LOW, high=HIGH)
        losses.append(gradient.value)
        adam.save(path, overwrite=True, delays=delays, done=step + 1)
    return delays.tobytes(), max(losses[-2:]) < np.log(2.0), losses[0]


def test_delays_learn_on_any_number_of_ranks(tmp_path: Path) -> None:
    parts = tmp_path / "parts.npz"
    whole = learned(tmp_path / "whole.npz", 40)
    for count, steps in ((2, 7), (3, 26), (1, 7)):
        found = run_loopback(count, lambda _, n=steps: learned(parts, n))
        assert len({delays for delays, *_ in found}) == 1
    assert found[0][0] == whole[0]
    assert parts.read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert whole[1]
    assert whole[2] > 0.69
    delays = np.frombuffer(whole[0]).reshape(FIBRES, 2)
    assert delays.min() >= LOW
    assert delays.max() <= HIGH
    # Where the left ear is later, its fibres are shorter, and the other way round.
    between = delays[FIBRES // 2 :].mean(axis=0) - delays[: FIBRES // 2].mean(axis=0)
    assert between[0] > 0.5
    assert between[1] < -0.5
