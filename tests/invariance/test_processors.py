"""Networks have the same bits whatever vectors a processor has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What numpy, its BLAS and LLVM must not use, so that they compute as on a processor of 2013.
OLDER = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NUMBA_CPU_NAME": "haswell",
    "NPY_DISABLE_CPU_FEATURES": (
        "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
    ),
}


def has_wider_vectors() -> bool:
    """Whether the processor has the vectors that `OLDER` forbids."""
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf8")
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.skipif(not has_wider_vectors(), reason="this processor has no vectors of 512 bits")
def test_an_older_processor_computes_the_same(tmp_path: Path) -> None:
    file = str(tmp_path / "digests.json")

    def digests(*arguments: str, environment: dict[str, str]) -> str:
        command = [sys.executable, "-m", "tests.digests", *arguments]
        run = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    digests("record", file, environment={})
    said = digests("compare", file, "--only", "results", "edges", "files", environment=OLDER)
    assert "nothing differs" in said
