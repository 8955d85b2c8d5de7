"""Signals at awkward moments; whole jobs get them in tests/ranks/test_signals.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import distsnn as snn
from distsnn.beginning import STATUS_OF_STOP
from distsnn.run.signals import StopRequest


@pytest.fixture(autouse=True)
def _usual_handlers() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGUSR1)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal comes as soon as it is answered."""
    enter = StopRequest.__enter__

    def signaled(self: StopRequest) -> StopRequest:
        enter(self)
        signal.raise_signal(signal.SIGTERM)
        return self

    monkeypatch.setattr(StopRequest, "__enter__", signaled)


def test_a_signal_before_the_first_step(at_once: None) -> None:
    network = snn.Network(snn.NeuronGroup(3, snn.LIF()))
    for _ in range(2):
        before = network.t
        with pytest.raises(SystemExit) as left:
            network.run(10_000.0)
        assert left.value.code == STATUS_OF_STOP
        assert before < network.t < before + 10_000.0
        # The same signal to this rank may come later than to the others.
        for number in (signal.SIGTERM, signal.SIGUSR1):
            assert signal.getsignal(number) is not signal.SIG_DFL
            signal.raise_signal(number)


def test_after_a_run_signals_do_what_they_did() -> None:
    snn.Network(snn.NeuronGroup(3, snn.LIF())).run(1.0)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
