"""Connections as text: those whose synapses are the same in every simulator, and random ones."""

from __future__ import annotations

from typing import Any

from distsnn.assemble.edges.edges import Edges, collected
from distsnn.assemble.edges.expression_edges import BoundRule
from distsnn.assemble.edges.projection_edges import draw_edges
from distsnn.describe.synapses.connection_rule import ConnectionRule

# Sizes of source and target.
SIZES = (7, 5)
EXACT: list[dict[str, Any]] = [
    {},
    {"condition": True},
    {"condition": "i != j"},
    {"condition": "abs(i-j) < 3 and i != j"},
    {"condition": "not (i < 3 or j > 2)"},
    {"condition": "i % 2 == 0 and j // 2 == 1"},
    {"condition": "x_pre < 3"},
    {"condition": "y_post > 0.5 and x_pre > y_post"},
    {"condition": "y > 0.5"},
    {"condition": "(x_pre - y_post)**2 < bound"},
    {"condition": "exp(-(i-j)**2/2.0) > 0.1"},
    {"condition": "i < N_pre - 1 and j == N_post - 1"},
    {"condition": "i < 3", "n": 2},
    {"condition": "i < 3", "n": "1 + int(i == j)"},
    {"condition": "x_pre < 2", "n": "j"},
    {"condition": "i < 3", "n": 0},
    {"condition": "False"},
    {"i": 1, "j": 2},
    {"i": [0, 6, 0], "j": [4, 1, 4]},
    {"i": 3, "j": [4, 1, 4], "n": 2},
    {"j": "i", "skip_if_invalid": True},
    {"j": "i/2"},
    {"j": "i*0.7"},
    {"j": "i + 1 if i < N_post - 1"},
    {"j": "i", "n": 3, "skip_if_invalid": True},
    {"i": "j"},
    {"i": "N_pre - 1 - j"},
    {"i": "j + 3 if j > 0", "skip_if_invalid": True},
    {"j": "k for k in range(N_post)"},
    {"j": "k for k in range(i-3, i+4) if i != k", "skip_if_invalid": True},
    {"j": "4-k for k in range(5)"},
    {"j": "k % 2 for k in range(5) if k > i"},
    {"j": "k for k in range(0, 5, 2)"},
    {"j": "k for k in range(4, -1, -1)"},
    {"j": "k for k in range(3, 3)"},
    {"j": "k for k in range(i)", "skip_if_invalid": True},
    {"j": "k for k in range(9) if k < N_post"},
    {"j": "i + (-1)**k for k in range(2) if i > 0 and i < N_post - 1"},
    {"j": "k for k in range(width)"},
    {"j": "k for k in range(5) if y_post > 0.5"},
    {"j": "k for k in sample(N_post, p=1)"},
    {"j": "k for k in sample(N_post, p=0)"},
    {"j": "k for k in sample(1, N_post, size=4)"},
    {"j": "k for k in sample(N_post, size=9)", "skip_if_invalid": True},
    {"i": "6 - k for k in range(3)"},
    {"i": "k for k in range(0, N_pre, 3) if k != j"},
]
RANDOM: list[dict[str, Any]] = [
    {"p": 0.3},
    {"condition": "i != j", "p": 0.3},
    {"condition": "i < j", "p": 0.3},
    {"condition": "i < 4", "p": "0.1*(j + 1)"},
    {"condition": "True", "p": "x_pre/10", "n": 2},
    {"condition": "rand() < 0.4"},
    {"j": "k for k in sample(N_post, p=0.3)"},
    {"j": "k for k in sample(N_post, p=i/7.0) if k != i"},
    {"j": "k for k in sample(1, N_post, 2, p=0.5)"},
    {"j": "k for k in sample(N_post, size=2)"},
    {"j": "N_post-1-k for k in sample(N_post, size=(i+1)//2)"},
    {"j": "int(rand()*N_post)"},
    {"i": "k for k in sample(N_pre, p=0.3)"},
    {"i": "k for k in sample(N_pre, size=3)"},
    {"i": "k for k in range(N_pre) if rand() < 0.5"},
]

# Those that Brian 2.9 stumbles over in numpy, or refuses where it should not.
OURS: list[dict[str, Any]] = [
    {"j": "i + k for k in range(-2, 3) if y_post > 0.5", "skip_if_invalid": True},
    {"i": "k for k in range(j, j + 3) if x_pre > 1", "skip_if_invalid": True},
    {"condition": "randn() > 0 and rand() < 0.4", "n": "int(rand()*3)"},
    {"j": "k for k in range(int(rand()*N_post))"},
]


def name_of(arguments: dict[str, Any]) -> str:
    """Name of a connection as a test's."""
    return ", ".join(f"{k}={v}" for k, v in arguments.items()) or "nothing"


def all_edges(
    rule: ConnectionRule | BoundRule,
    n_source: int,
    n_target: int,
    shift: int | None,
    key: tuple[int, int],
) -> Edges:
    """All edges of a rule; parameters as in `draw_edges`."""
    return collected(draw_edges(rule, n_source, n_target, shift, key, [(0, n_target)]))
