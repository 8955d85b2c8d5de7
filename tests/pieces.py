"""Long tests of many random cases, in pieces: processes of their own, which give back memory.

Compiled code of a network stays in memory as long as the process lives.
"""

from __future__ import annotations

import subprocess
import sys
from random import Random

# Of one process.
EACH = 4


def check_piece(module: str, piece: int) -> None:
    """Call ``check_seed`` of a module for `EACH` seeds in another process.

    Parameters
    ----------
    module : str
        Name of a module of tests.
    piece : int
        The seeds follow from it.
    """
    draw = Random(f"piece {piece} of {module}")
    seeds = [draw.randrange(2**32) for _ in range(EACH)]
    code = (
        f"from {module} import check_seed\n"
        f"for seed in {seeds}:\n    print('seed', seed, flush=True)\n    check_seed(seed)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-200:]}\n{done.stderr[-4000:]}"
