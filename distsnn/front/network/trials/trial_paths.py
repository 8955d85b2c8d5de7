"""Files of trials: each has one of its own."""

from __future__ import annotations

import os
from pathlib import Path


def in_trial(path: str | os.PathLike[str], trial: int, n_trials: int) -> str:
    """The file of a trial: ``spikes.trial03.h5`` of ``spikes.h5``, with as many digits for all."""
    given = Path(path)
    digits = len(str(n_trials - 1))
    return str(given.with_name(f"{given.stem}.trial{trial:0{digits}}{given.suffix}"))
