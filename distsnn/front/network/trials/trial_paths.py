"""Files of trials: each has one of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path


def in_trial(path: str | os.PathLike[str], trial: int, n_trials: int) -> str:
    """The file of a trial: ``spikes.trial03.h5`` of ``spikes.h5``, or of that of another trial.

    All trials have as many digits.
    """
    given, digits = Path(path), len(str(n_trials - 1))
    stem = re.sub(rf"\.trial[0-9]{{{digits}}}$", "", given.stem)
    return str(given.with_name(f"{stem}.trial{trial:0{digits}}{given.suffix}"))


def files_of(path: str | os.PathLike[str], n_trials: int | None) -> list[str]:
    """The files of all trials; the path itself without trials."""
    return (
        [in_trial(path, trial, n_trials) for trial in range(n_trials)] if n_trials else [str(path)]
    )
