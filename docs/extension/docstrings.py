"""Turns docstrings (numpydoc, reStructuredText) into the Markdown and MathML of the reference."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import cleandoc
from typing import Any

import griffe
from latex2mathml.converter import convert

# A directive with its lines: those behind it, and those that stand deeper than it.
_FORMULA = re.compile(r"^( *)\.\. math::((?:.*\n?)(?:\1 +\S.*\n?|[ ]*\n)*)", re.MULTILINE)
_INLINE = re.compile(r":math:`([^`]+)`", re.DOTALL)
_RULE = re.compile(r"^ *=+( +=+)+$")
_LITERAL = re.compile(r"::$", re.MULTILINE)
_NAME = re.compile(r"(?<!`)`([A-Za-z_]\w*)`(?!`)")
_SECTION = re.compile(r"^(\w[\w ]*)\n(-{3,})$", re.MULTILINE)
_ENTRY = re.compile(r"^(\*?\w+(?:, \w+)*)(?: : (.*))?\n((?:^(?: .*)?\n)*)", re.MULTILINE)
_LISTS = ("Parameters", "Attributes", "Raises")
# Invisible, and no part of a Python expression: what follows is left as it is written.
_AS_WRITTEN = "\u2060"


class Docstrings(griffe.Extension):
    """Makes docstrings readable for Markdown, once the package has been loaded."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Change every docstring of the package, and show constants by their values."""
        public = {name for name in pkg.members if name[:1].isupper()}
        self._change(pkg, public)

    def _change(self, of: griffe.Object, public: set[str]) -> None:
        if of.docstring is not None:
            if isinstance(of, griffe.Class) and hasattr(made := _runtime(of), "parameters"):
                # Parameters are documented where they are declared.
                of.docstring.value = cleandoc(made.__doc__ or "")
            of.docstring.value = to_markdown(of.docstring.value, public - {of.name})
        if isinstance(of, griffe.Function):
            for parameter in of.parameters:
                parameter.default = _value(parameter.default, of)
        if isinstance(of, griffe.Attribute):
            of.value = _value(of.value, of)
        for member in of.members.values():
            if isinstance(member, griffe.Object):
                self._change(member, public)


def to_markdown(text: str, public: set[str]) -> str:
    """Text of a docstring with MathML for formulas and links for public names.

    Parameters
    ----------
    text : str
        The docstring.
    public : set of str
        Names that the reference has.

    Returns
    -------
    str
    """
    # Before anything becomes longer: columns stand below each other.
    text = "\n".join(_tables(text.splitlines()))
    text = _INLINE.sub(lambda found: formula(found[1], "span"), text)
    text = _FORMULA.sub(lambda found: f"{found[1]}\n{found[1]}{formula(found[2])}\n\n", text)
    text = _LITERAL.sub(":", text)
    text = _NAME.sub(lambda found: linked(found[1], public), text)
    return _one_by_one(text)


def formula(latex: str, element: str = "div") -> str:
    """MathML for a formula, within an element that Markdown leaves alone."""
    display = "block" if element == "div" else "inline"
    latex = " ".join(latex.split())
    return f'<{element} class="math">{convert(latex, display=display)}</{element}>'


def linked(name: str, public: set[str]) -> str:
    """A name as code, with a link if the reference has it."""
    return f"[`{name}`][distsnn.{name}]" if name in public else f"`{name}`"


def _value(value: Any, of: griffe.Object) -> Any:
    """What a constant of the module stands for; anything else as it is."""
    if value is None or not (str(value).isidentifier() and str(value).isupper()):
        return value
    return repr(getattr(import_module(of.module.path), str(value)))


def _runtime(of: griffe.Object) -> Any:
    """The object itself."""
    return getattr(import_module(of.module.path), of.name, None)


def _one_by_one(text: str) -> str:
    """The text with one entry for each name where several share one: defaults differ."""
    parts = _SECTION.split(f"{text}\n")
    made = [parts[0]]
    for title, line, content in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        body = _ENTRY.sub(_entries, content) if title in _LISTS else content
        made.append(f"{title}\n{line}{body}")
    return "".join(made)


def _entries(found: re.Match[str]) -> str:
    names, kind, description = found.groups()
    head = "" if kind is None else f" : {_AS_WRITTEN}{kind}"
    return "".join(f"{name}{head}\n{description}" for name in names.split(", "))


def _tables(lines: list[str]) -> list[str]:
    """The lines, with simple tables of reStructuredText as those of Markdown."""
    made: list[str] = []
    columns: list[slice] = []
    first = False
    for line in lines:
        if _RULE.match(line):
            if not columns:
                starts = [found.start() for found in re.finditer("=+", line)]
                columns = [slice(a, b) for a, b in zip(starts, [*starts[1:], None], strict=True)]
                first = True
            elif first:
                made.append(_row(["---"] * len(columns)))
                first = False
            else:
                columns = []
            continue
        made.append(_row([line[column].strip() for column in columns]) if columns else line)
    return made


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
