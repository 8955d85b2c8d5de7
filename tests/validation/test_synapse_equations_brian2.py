"""Synapses as text against Brian 2: one script under both, which differs in its import only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from tests.synapse_scripts import IN_ORDER, SCRIPTS

brian2 = pytest.importorskip("brian2")


@pytest.fixture(scope="module")
def unoptimized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile the little that is compiled fast, not to be fast."""
    settings: dict[str, Any] = {
        "codegen.cpp.extra_compile_args_gcc": ["-w", "-O0"],
        # Brian's key of what it has compiled does not hold the options.
        "codegen.runtime.cython.cache_dir": str(tmp_path_factory.mktemp("cython")),
    }
    before = {name: brian2.prefs[name] for name in settings}
    for name, value in settings.items():
        brian2.prefs[name] = value
    yield
    for name, value in before.items():
        brian2.prefs[name] = value


def compile_pathways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Brian compile what acts at events; all else are operations on whole arrays."""
    pathway = brian2.synapses.synapses.SynapticPathway
    plain = pathway.create_default_code_object

    def compiled(self: Any, namespace: Any) -> Any:
        brian2.prefs.codegen.target = "cython"
        made = plain(self, namespace)
        brian2.prefs.codegen.target = "numpy"
        return made

    monkeypatch.setattr(pathway, "create_default_code_object", compiled)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_gives_the_same_under_brian(
    name: str, unoptimized: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = SCRIPTS[name]
    brian2.prefs.codegen.target = "numpy"
    if name in IN_ORDER:
        compile_pathways(monkeypatch)
    brian2.start_scope()
    expected = {k: np.asarray(v, dtype=float) for k, v in script(brian2).items()}
    found = {k: np.asarray(v, dtype=float) for k, v in script(snn).items()}
    if "t" in expected:
        assert expected["t"].size > 1
        order = np.lexsort((expected["i"], expected["t"]))
        np.testing.assert_array_equal(found["i"], expected["i"][order])
        np.testing.assert_allclose(found["t"], expected["t"][order], rtol=1e-12)
    for key in set(expected) - {"t", "i"}:
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-12, atol=1e-13, err_msg=key)
