"""Equations as objects, which can be added and whose names can be replaced."""

from __future__ import annotations

import re
from typing import Any

from distsnn.errors import ParameterError


class Equations(str):
    """Equations as text, for `NeuronGroup` and `Synapses`; as Brian 2's ``Equations``.

    Equations are added with ``+``, which puts them below each other.

    Parameters
    ----------
    text : str
        One equation per line.
    **names : str
        New names for names in the text: ``Equations('dx/dt = -x/tau : 1', x='v', tau='tau_m')``.
        Numbers are given as ``namespace=`` of what the equations are for.

    Raises
    ------
    ParameterError
        If the text is none, or a new name is no name.

    Examples
    --------
    >>> import distsnn as snn
    >>> decay = snn.Equations("dg/dt = -g/tau : 1", g="g_exc", tau="tau_exc")
    >>> decay
    'dg_exc/dt = -g_exc/tau_exc : 1'
    >>> G = snn.NeuronGroup(2, decay + "tau_exc : second")
    """

    def __new__(cls, text: str, **names: Any) -> Equations:
        """Replace the names in the text."""
        if not isinstance(text, str):
            raise ParameterError(
                "Equations", f"{text!r} is no text", "equations are given as text", "correct it"
            )
        for name, new in names.items():
            if not isinstance(new, str) or not new.isidentifier():
                raise ParameterError(
                    "Equations",
                    f"{name}={new!r}",
                    "names are replaced by other names, given as text",
                    "give values as namespace= of the group or synapses",
                )
        if names:
            known = "|".join(map(re.escape, names))
            # With the d of a derivative, or as a word of its own.
            derivative, word = rf"(?<!\w)d({known})(?=/dt)", rf"(?<!\w)({known})(?!\w)"
            text = re.sub(
                f"{derivative}|{word}",
                lambda m: "d" + names[m[1]] if m[1] else names[m[2]],
                text,
            )
        return super().__new__(cls, text)

    def __add__(self, other: str) -> Equations:
        """These equations and those of `other` below them."""
        if not isinstance(other, str):
            return NotImplemented
        return Equations(f"{self!s}\n{other!s}")

    def __radd__(self, other: str) -> Equations:
        """The equations of `other` and these below them."""
        return Equations(f"{other!s}\n{self!s}")
