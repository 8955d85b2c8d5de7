"""Rows of the text files that recorders have written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def recorded_rows(fname: str | Path | Sequence[str | Path]) -> np.ndarray:
    """The rows of one or several files, float64 (n, columns), without their heads."""
    names = [fname] if isinstance(fname, str | Path) else list(fname)
    found = []
    for name in names:
        lines = Path(name).read_text(encoding="utf8").splitlines()
        rows = [line.split() for line in lines if line[:1].isdigit()]
        found.append(np.array(rows, dtype=np.float64).reshape(len(rows), -1))
    return np.concatenate(found)
