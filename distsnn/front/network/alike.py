"""What ranks compare before a network does anything together with other ranks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.outline import lines_of, outline
from distsnn.exchange import Call

_SHORT = 200


class Alike:
    """What a rank tells of a network and of what has been assigned since ranks last compared it."""

    def __init__(self) -> None:
        self._assigned: dict[str, str] = {}

    def note(self, where: str, assigned: object) -> None:
        """Remember an assignment that is no part of the description.

        Parameters
        ----------
        where : str
            The object.
        assigned : object
            A description of the assignment.
        """
        number = len(self._assigned)
        for place, text in lines_of(f"{where}, values set after the first run", assigned).items():
            self._assigned[f"{place} ({number})"] = text

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        described: tuple[NetworkDescription, int, Sequence[Any]],
    ) -> Call:
        """What all ranks must call alike.

        Parameters
        ----------
        name : str
        arguments : mapping of str to object
        described : (NetworkDescription, int, sequence of monitors)
            The network as it is now, the number of its threads, and its monitors.
        """
        description, threads, monitors = described
        lines = {"threads": str(threads)}
        lines["monitors"] = ", ".join(f"{type(m).__name__} {m.name}" for m in monitors)
        lines |= {str(m.name): _recorded(m) for m in monitors}
        lines |= self._assigned
        rest = _digest(repr(lines))
        return Call(
            name,
            arguments,
            description.digest + rest,
            lambda: outline(description) | lines,
        )

    def agreed(self) -> None:
        """Forget assignments that all ranks have made."""
        self._assigned = {}


def _recorded(monitor: Any) -> str:
    """What a monitor records, in short."""
    text = f"recording {monitor.settings} to {getattr(monitor, 'to', None) or 'memory'}"
    return text if len(text) < _SHORT else f"recording something with digest {_digest(text)[:12]}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
