"""Objects that can rest between runs, as a whole or in parts: their attribute ``active``."""

from __future__ import annotations

from typing import Any

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.front.names.named import Named

# The part of an object that has no name of its own.
_OWN = "*"


class Switched(Named):
    """An object that can rest, with all its parts or with some of them.

    A part is known by its name, in which ``*`` stands for that of the object: ``"*_pre"``.
    """

    INTERNAL = frozenset(
        {
            "check_switch",
            "kept_as",
            "parts",
            "rest",
            "resting",
            "rests",
            "switch",
            "switch_all",
        }
    )
    SETTABLE = {"active": BETWEEN_RUNS}

    _resting: frozenset[str] = frozenset()

    @property
    def active(self) -> Any:
        """Whether the object acts in the next runs; it may be set between runs.

        As in Brian 2, its parts (pathways, statements at regular times) are set with it. Variables
        keep their values meanwhile, but for what others do to them. Events of synapses that are due
        meanwhile do nothing.
        """
        if "active" in getattr(self, "variables", dict)():
            # A variable of the user's equations.
            return self.__getattr__("active")  # type: ignore[attr-defined]  # such have one
        return not self.rests(_OWN)

    @active.setter
    def active(self, active: Any) -> None:
        self.switch_all(active)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have names."""
        return ()

    def check_switch(self, changes: bool) -> None:
        """Raise ParameterError if the object must go on as it does, and something `changes`."""

    def switch_all(self, active: Any) -> None:
        """Let the object with all its parts act, or rest."""
        for part in (_OWN, *self.parts):
            self.switch(part, active)

    def switch(self, part: str, active: bool) -> None:
        """Let one part act, or rest."""
        check_switches(self._called(), active=active)
        self.check_switch(self.rests(part) == active)
        self._resting = self._resting - {part} if active else self._resting | {part}

    def rests(self, part: str) -> bool:
        """Whether a part rests."""
        return part in self._resting

    @property
    def resting(self) -> frozenset[str]:
        """Names of all that rests."""
        return frozenset(part.replace("*", self._called()) for part in self._resting)

    @property
    def kept_as(self) -> str:
        """The parts that rest, for a checkpoint."""
        return " ".join(sorted(self._resting))

    def rest(self, parts: str) -> None:
        """Take back what `kept_as` gave."""
        self._resting = frozenset(parts.split())
