"""Writes into the page "Coming from Brian 2" what comes of Brian's own tests, and what is refused.

    python -m tests.conformance.brian_suite.page

The two blocks stand between comments of the page. `tests.conformance.test_brian_page` checks that
they are as they would be written now.
"""

from __future__ import annotations

import re
from pathlib import Path

import distsnn.brian as star
from distsnn.describe.checks.unsupported import NAMES
from distsnn.front.dialect.unsupported_names import NotSupported
from tests.conformance.brian_suite.run_file import lists

# What else is refused, what to do instead, how the error says that, and lines of a script that
# raise it. In these ``G`` is a group of three neurons with a variable ``v`` and a threshold.
BESIDES = (
    (
        "functions with code for C++ or Cython alone",
        "`@implementation('numba', function)`, see [Functions](#functions-of-your-own)",
        "implementation('numba', function)",
        "@implementation('cpp', 'double f(double x) { return x; }')\n"
        "@check_units(x=1, result=1)\ndef f(x): raise NotImplementedError\nG.v = 'f(i)'",
    ),
    (
        "functions that have a state, raise errors or draw random numbers",
        "a variable of the equations; `f(x, rand())`",
        "draw in the expression",
        "@check_units(x=1, result=1)\ndef f(x): return x*np.random.rand()\nG.v = 'f(i)'",
    ),
    (
        "`Network.schedule` of another order, with built-in synapses",
        "`on_pre='v_post += w'`",
        "write the synapses as on_pre",
        "G = NeuronGroup(1, LIF())\n"
        "S = Synapses(G, G, Exponential(tau=5*ms), weight=1*pA)\nS.connect()\nn = Network(G, S)\n"
        "n.schedule = ['start', 'groups', 'thresholds', 'resets', 'synapses', 'end']\nn.run(0*ms)",
    ),
    (
        "events that synapses act at, looked for after the synapses",
        "choose an earlier slot with `set_event_schedule()`",
        "with set_event_schedule()",
        "E = NeuronGroup(1, 'v : 1', events={'e': 'v > 1'})\n"
        "E.set_event_schedule('e', when='after_resets')\n"
        "S = Synapses(E, E, on_pre='v_post = 0', on_event='e')\nS.connect()\nrun(0*ms)",
    ),
    (
        "statements and monitors at an event that act in a step before it is looked for",
        "choose a later slot",
        "choose a later slot",
        "E = NeuronGroup(1, 'v : 1', events={'e': 'v > 1'})\n"
        "E.run_on_event('e', 'v = 0', when='start')\nrun(0*ms)",
    ),
    (
        "`S.connect()` after the first run",
        "make further `Synapses` with the same equations, and add them to the network",
        "make further synapses",
        "S = Synapses(G, G)\nS.connect(i=0, j=1)\nrun(0*ms)\nS.connect(i=1, j=1)",
    ),
    (
        "`codeobj_class`",
        "leave it out",
        "leave it out",
        "NeuronGroup(1, 'v : 1', codeobj_class=None)",
    ),
)
PAGE = Path(__file__).parents[3] / "docs" / "from-brian2.md"


def suite() -> str:
    """What comes of the tests of Brian 2."""
    counts = [sum(map(len, lists(name).values())) for name in ("passing", "earlier", "others")]
    rows = [
        ("pass", counts[0]),
        ("pass, but for an error that comes where the object is made, not at `run()`", counts[1]),
        *((reason, len(tests)) for reason, tests in lists("others").items()),
    ]
    head = f"| of {sum(counts)} tests | |\n| --- | --- |\n"
    return head + "\n".join(f"| {what} | {n} |" for what, n in rows)


def refused_names() -> dict[str, list[str]]:
    """Names of Brian's star that are refused, by what to do instead."""
    found: dict[str, list[str]] = {}
    for name in star.__all__:
        if type(getattr(star, name)) is NotSupported:
            found.setdefault(NAMES[name], []).append(name)
    return found


def refused() -> str:
    """The names of Brian's star that are refused."""
    rows = (
        f"| {', '.join(f'`{name}`' for name in names)} | {instead} |"
        for instead, names in refused_names().items()
    )
    return "| Brian 2 | instead |\n| --- | --- |\n" + "\n".join(rows)


def besides() -> str:
    """What else is refused."""
    rows = (f"| {what} | {instead} |" for what, instead, _, _ in BESIDES)
    return "| Brian 2 | instead |\n| --- | --- |\n" + "\n".join(rows)


BLOCKS = {"suite": suite, "refused": refused, "besides": besides}


def block_of(text: str, name: str) -> str:
    """What stands between the comments of a block."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", text, re.DOTALL)
    assert found, f"the page has no block {name}"
    return found[1]


def main() -> None:
    text = PAGE.read_text(encoding="utf8")
    for name, written in BLOCKS.items():
        begin = f"<!-- {name} -->\n"
        text = text.replace(begin + block_of(text, name), begin + written())
    PAGE.write_text(text, encoding="utf8")


if __name__ == "__main__":
    main()
