"""Methods of a network that its class has too: ``Network.load(path)``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from distsnn.front.names.scope import find_network

_P = ParamSpec("_P")
_N = TypeVar("_N")


class OfScopeToo(Generic[_P]):
    """A method of networks that, asked of the class, acts on the network of this scope.

    Parameters
    ----------
    method : callable
        Its first argument is the network.
    """

    def __init__(self, method: Callable[Concatenate[Any, _P], Any]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, network: _N | None, kind: type[_N]) -> Callable[_P, _N]:
        @wraps(self._method)
        def asked(*args: _P.args, **kwargs: _P.kwargs) -> _N:
            found: _N = self._method(
                find_network() if network is None else network, *args, **kwargs
            )
            return found

        return asked
