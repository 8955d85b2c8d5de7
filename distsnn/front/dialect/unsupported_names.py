"""Names that scripts for Brian 2 find by the star of its import and distsnn has not."""

from __future__ import annotations

from typing import Any, NoReturn

from distsnn.describe.checks.unsupported import NAMES
from distsnn.errors import ParameterError


class NotSupported:
    """A name of Brian 2 that distsnn has not: whatever is done with it says so.

    It may be called, be asked for something, stand in ``isinstance(x, Quantity)`` or be the base
    of a class.

    Parameters
    ----------
    name : str
        One of `distsnn.describe.checks.unsupported.NAMES`, which says what to do instead.
    """

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __call__(self, *values: Any, **named: Any) -> NoReturn:  # noqa: ARG002 - whatever is given
        """Raise the error."""
        self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            # Of Python itself: asked for by help(), copy, pytest.
            raise AttributeError(name)
        self._refuse()

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse()

    def __instancecheck__(self, instance: object) -> NoReturn:
        self._refuse()

    def __subclasscheck__(self, subclass: type) -> NoReturn:
        self._refuse()

    def __mro_entries__(self, bases: tuple[object, ...]) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        name = object.__getattribute__(self, "_name")
        raise ParameterError(
            name, "this is part of Brian 2 and not supported", NAMES[name], "leave it out"
        )


globals().update({name: NotSupported(name) for name in NAMES})
# Not a computed list: what reads sources without running them, as the reference does, refuses one.
__all__: list[str] = []
__all__.extend(NAMES)
