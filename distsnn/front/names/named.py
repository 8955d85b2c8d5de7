"""Names of users' objects: draws and recordings are keyed by them."""

from __future__ import annotations

from distsnn.describe.checks.settable import Settable
from distsnn.display.card import Card
from distsnn.display.cards import title_of
from distsnn.errors import ParameterError, ReadOnlyError
from distsnn.front.names.scope import give_visible_names


class Named(Settable):
    """An object with a name: its own, or one that its network or scope gives it."""

    INTERNAL = frozenset({"be_named", "is_named", "is_named_by_user", "creation_index"})

    _name: str | None = None
    # What `be_named` gave.
    _numbered: str | None = None

    @property
    def name(self) -> str:
        """Name; of an object without one, that which `run` would give it now, for good."""
        if self._name is None:
            give_visible_names(self)
        assert self._name is not None
        return self._name

    def be_named(self, name: str) -> None:
        """Take a name; called by what gives it."""
        self._name = self._numbered = name

    @property
    def is_named(self) -> bool:
        """Whether the object has a name already."""
        return self._name is not None

    @property
    def is_named_by_user(self) -> bool:
        """Whether the object has a name of its own."""
        return self._name is not None and self._numbered is None

    def add_attribute(self, name: str) -> None:
        """Let an attribute of the script's own be set, as in Brian 2.

        Parameters
        ----------
        name : str
        """
        if hasattr(self, name):
            raise ReadOnlyError(
                self._called(), f"it has an attribute {name}", "attributes have different names",
                "choose another name", name=name,
            )  # fmt: skip
        self._own = (*self._own, name)

    def _called(self) -> str:
        return self._name or type(self).__name__

    def _card(self) -> Card:
        """The object in a few rows, for people."""
        return Card(title_of(self), ())

    def __repr__(self) -> str:
        return str(self._card())

    def _repr_html_(self) -> str:
        return self._card().html


def known_as(thing: Named) -> str:
    """Name of an object, empty if it has none yet."""
    return thing._name or ""


def called(thing: Named) -> str:
    """Name of an object in messages; without one, its class."""
    return thing._called()


def checked_name(where: str, name: str | None) -> str | None:
    """`name` if it is None or an identifier.

    Raises ParameterError if it is something else.
    """
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ParameterError(
            where,
            f"name={name!r} is not an identifier",
            "a name has letters, digits and underscores, and begins with no digit",
            "rename it",
        )
    return name
