from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import distsnn as snn
cells = snn.NeuronGroup(2, snn.LIF(I_e=400.0), name="cells")
snn.Network(cells).run(1.0)
assert "sympy" not in sys.modules
snn.NeuronGroup(1, "dv/dt = -v/(5*ms) : 1").method_choice
assert "sympy" in sys.modules
"""


def test_built_in_models_run_without_sympy() -> None:
    # Each of a thousand ranks would import it.
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=100)
