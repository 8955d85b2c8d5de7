"""The loop over steps may be compiled by another process, for the types it is called with."""

from __future__ import annotations

import pytest

import distsnn as snn
from distsnn.exchange import SerialWorld
from distsnn.kernels.compiled import is_to_be_kept
from distsnn.kernels.shared_code import VARIABLE
from distsnn.kernels.step_loop import SIGNATURE, advance
from distsnn.run import loop_ahead


def test_it_is_compiled_for_the_types_of_a_run() -> None:
    snn.Network(snn.NeuronGroup(1, snn.LIF()), seed=1).run(1.0)
    assert advance.signatures == [SIGNATURE]
    assert not is_to_be_kept(advance)


def test_a_process_is_started_and_awaited(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    done = tmp_path / "done"
    monkeypatch.setattr(loop_ahead, "_COMMAND", f"open({str(done)!r}, 'w').write('compiled')")
    monkeypatch.setattr(loop_ahead, "usable_cores", lambda: {0, 1})
    monkeypatch.delenv(VARIABLE, raising=False)
    # It is in the cache already.
    loop_ahead.begin_compiling(SerialWorld())
    assert not loop_ahead._running
    monkeypatch.setattr(loop_ahead, "is_to_be_kept", lambda _: True)
    two = SerialWorld()
    two.size = 2
    loop_ahead.begin_compiling(two)
    assert not loop_ahead._running
    loop_ahead.begin_compiling(SerialWorld())
    loop_ahead.wait_until_compiled()
    assert done.read_text() == "compiled"
    assert not loop_ahead._running
