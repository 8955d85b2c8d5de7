"""Parameters of models as a command line gives them: ``--set NAME=VALUE``."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

_MOST_RUNS = 100_000


def finite(value: float | None) -> float | None:
    """Refuse NaN and infinity as the value of an option."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


@dataclass(frozen=True)
class Settings:
    """Values of parameters.

    Attributes
    ----------
    fixed : dict of str to object
        Parameters with one value.
    varied : dict of str to list
        Parameters with several, one for each run.
    """

    fixed: dict[str, Any]
    varied: dict[str, list[Any]]

    def combined(self) -> list[dict[str, Any]]:
        """The varied parameters of each run: every combination, the last one fastest."""
        values = itertools.product(*self.varied.values())
        return [dict(zip(self.varied, chosen, strict=True)) for chosen in values]


def parse_window(text: str | None) -> tuple[float | None, float | None]:
    """Read the begin and end (ms) of ``--table-window``, of which either may be left out."""
    if text is None:
        return None, None
    limits = [part.strip() for part in text.split("..")]
    try:
        first, last = (float(part) if part else None for part in limits)
        valid = (first is None or first >= 0) and (last is None or (first or 0.0) < last < math.inf)
    except ValueError:
        valid = False
    if not valid:
        raise typer.BadParameter(
            f"{text!r} is not of the form FROM..TO, with two times in ms and the earlier one first",
            param_hint="--table-window",
        )
    return first, last


def parse_settings(settings: Sequence[str]) -> Settings:
    """Read the values of ``--set``.

    ``seed=1..32`` and ``g=4,4.5,5`` are several values; a tuple or list stands in brackets. Raises
    typer.BadParameter if one is not of the form ``name=value``, or a name comes twice.
    """
    parsed = Settings({}, {})
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.isidentifier():
            raise typer.BadParameter(
                f"{setting!r} is not of the form name=value", param_hint="--set"
            )
        if name in parsed.fixed or name in parsed.varied:
            raise typer.BadParameter(f"{name} is set twice", param_hint="--set")
        values = [value for part in _parts(text) for value in _values(setting, part)]
        if len(values) == 1:
            parsed.fixed[name] = values[0]
            continue
        if len({repr(value) for value in values}) < len(values):
            raise typer.BadParameter(f"{setting!r} has a value twice", param_hint="--set")
        parsed.varied[name] = values
    return parsed


def parse_fixed(settings: Sequence[str]) -> dict[str, Any]:
    """Read the values of ``--set`` where there is one network only; see `parse_settings`."""
    parsed = parse_settings(settings)
    for name in parsed.varied:
        raise typer.BadParameter(
            f"{name} has several values; only 'distsnn run' takes several", param_hint="--set"
        )
    return parsed.fixed


def label_of(varied: Mapping[str, Any]) -> str:
    """The name of a run, from its varied parameters: ``seed=3`` or ``g=4.5-eta=2``."""
    return "-".join(f"{name}={_safe(value)}" for name, value in varied.items())


def _safe(value: Any) -> str:
    """A value as part of the name of a file."""
    return re.sub(r"[^\w.+-]+", "_", str(value)).strip("_")


def _parts(text: str) -> list[str]:
    """The text at its commas, those in brackets and quotes left out."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _values(setting: str, text: str) -> Sequence[Any]:
    ends = re.fullmatch(r"(-?\d+)\.\.(-?\d+)", text.strip())
    if ends is None:
        return [_parse_value(setting, text.strip())]
    values = range(int(ends[1]), int(ends[2]) + 1)
    if not 0 < len(values) <= _MOST_RUNS:
        raise typer.BadParameter(
            f"{setting!r} is a range of {len(values)} values; first..last has its smaller end "
            f"first and at most {_MOST_RUNS} values",
            param_hint="--set",
        )
    return values


def _parse_value(setting: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        # A shell takes quotes away, so a word or a path stands for itself.
        if re.fullmatch(r"[A-Za-z_./~][\w./~+-]*", text) and ".." not in text.strip("./~"):
            return text
    raise typer.BadParameter(
        f"{setting!r}: the value is neither a Python literal nor a word; write numbers in "
        "distsnn's units (ms, mV, pA, nS, pF, 1/ms) and quote other text; several values are "
        "first..last for whole numbers, or separated by commas",
        param_hint="--set",
    )
