"""What the page 'Coming from NEST' names is there, and what is there is on it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from distsnn import nest
from distsnn.nest.models.device_kinds import RECORDERS, STIMULATORS

PAGE = Path(__file__).parents[3] / "docs" / "from-nest.md"
# Ends of names of models.
MODELS = ("_generator", "_recorder", "_detector", "_injector", "_synapse", "_connection", "meter")


def test_names_of_the_page_are_those_of_the_package() -> None:
    text = PAGE.read_text(encoding="utf8")
    # The first table has names of NEST beside what distsnn has instead.
    scripts = text.partition("## Scripts of PyNEST")[2]
    ticked = re.findall(r"`([a-z]\w*)`", scripts)
    known = {*nest.node_models, *nest.synapse_models}
    assert not {x for x in ticked if x.endswith(MODELS)} - known
    for name in set(re.findall(r"\bnest\.([A-Za-z_]+)", text)):
        assert hasattr(nest, name) or importlib.import_module(f"distsnn.nest.{name}")
    begun = [x for x in ticked if x.endswith("_")]
    for name in {**STIMULATORS, **RECORDERS}:
        assert name in ticked or any(name.startswith(x) for x in begun), name
