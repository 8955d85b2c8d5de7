"""Questions about what there is: models, rules, the level of messages, help."""

from __future__ import annotations

import logging
import sys
from enum import IntEnum
from typing import Any

from distsnn.errors import ParameterError
from distsnn.exchange import current_world
from distsnn.nest.kernel import kernel

RULES = (
    "all_to_all",
    "fixed_indegree",
    "fixed_outdegree",
    "fixed_total_number",
    "one_to_one",
    "pairwise_bernoulli",
    "pairwise_poisson",
    "symmetric_pairwise_bernoulli",
    "third_factor_bernoulli_with_pool",
)


class VerbosityLevel(IntEnum):
    """The level of messages."""

    ALL = 0
    DEBUG = 5
    STATUS = 7
    INFO = 10
    PROGRESS = 15
    DEPRECATED = 18
    WARNING = 20
    ERROR = 30
    FATAL = 40
    QUIET = 100


_LOGGED = (
    (VerbosityLevel.FATAL, logging.CRITICAL),
    (VerbosityLevel.ERROR, logging.ERROR),
    (VerbosityLevel.PROGRESS, logging.WARNING),
    (VerbosityLevel.STATUS, logging.INFO),
    (VerbosityLevel.ALL, logging.DEBUG),
)


def follow_verbosity(level: Any) -> VerbosityLevel:
    """Let distsnn's messages have a level of NEST's; returns it."""
    made = VerbosityLevel(level)
    logged = next(of for least, of in _LOGGED if made >= least)
    logging.getLogger("distsnn").setLevel(logged)
    return made


def set_verbosity(level: str) -> None:
    """Set the level of messages by its older name, such as ``"M_ERROR"``."""
    name = str(level).removeprefix("M_")
    if name not in VerbosityLevel.__members__:
        raise ParameterError(
            "nest.set_verbosity", f"{level!r}",
            f"levels are {', '.join(f'M_{x}' for x in VerbosityLevel.__members__)}", "take one",
        )  # fmt: skip
    sys.modules["distsnn.nest"].verbosity = VerbosityLevel[name]  # type: ignore[attr-defined]  # of the package above


def get_verbosity() -> int:
    """The level of messages as a number."""
    return int(sys.modules["distsnn.nest"].verbosity)


def Models(mtype: str = "all", sel: str | None = None) -> tuple[str, ...]:
    """Names of models: ``"nodes"``, ``"synapses"`` or all; those that contain `sel`."""
    kinds: dict[str, tuple[dict[str, Any], ...]] = {
        "nodes": (kernel.models,),
        "synapses": (kernel.synapse_models,),
        "all": (kernel.models, kernel.synapse_models),
    }
    if mtype not in kinds:
        raise ValueError("mtype is one of 'nodes', 'synapses', 'all'")
    return tuple(sorted(x for models in kinds[mtype] for x in models if sel is None or sel in x))


def ConnectionRules() -> tuple[str, ...]:
    """Names of the rules of ``Connect``; newer scripts have ``nest.connection_rules``."""
    return RULES


def GetLocalVPs() -> range:
    """The virtual processes of this rank."""
    world, threads = current_world(), kernel.settings["local_num_threads"]
    return range(world.rank, world.size * threads, world.size)


def help(obj: Any = None, return_text: bool = False) -> str | None:  # noqa: A001 - NEST's name
    """Help on a model by its name, or on a function or class.

    Parameters
    ----------
    obj : str or object, optional
    return_text : bool
        Whether to return the text instead of showing it, which rank 0 does.
    """
    if obj is None:
        text = "'Coming from NEST' in the documentation says what distsnn.nest has."
    elif isinstance(obj, str):
        lines = [f"  {name} = {value!r}" for name, value in kernel.model(obj).defaults.items()]
        text = "\n".join([f"{obj}: parameters and defaults, units as in NEST", *lines])
    else:
        text = str(obj.__doc__)
    if return_text:
        return text
    if current_world().rank == 0:
        sys.stdout.write(f"{text}\n")
    return None
