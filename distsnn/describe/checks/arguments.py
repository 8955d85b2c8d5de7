"""Checks of arguments that are on or off, or that say what names stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.errors import DistsnnError, NotThereError, ParameterError


def check_switches(
    where: str, kind: type[DistsnnError] = ParameterError, /, **values: object
) -> None:
    """Check arguments that are on or off.

    Raises ParameterError or `kind` if one is neither True nor False.
    """
    for name, value in values.items():
        if not isinstance(value, bool | np.bool_):
            raise kind(where, f"{name}={value!r}", f"{name} is True or False", f"correct {name}")


def check_namespace(where: str, namespace: object) -> None:
    """Check the argument `namespace`.

    Raises ParameterError if it is neither None nor a mapping of names.
    """
    given: Any = namespace if isinstance(namespace, Mapping) else [None]
    if namespace is not None and not all(isinstance(name, str) for name in given):
        raise ParameterError(
            where,
            f"namespace={namespace!r}",
            "namespace is a dict from names to numbers and TimedArrays",
            "correct namespace",
        )


def check_choice(
    where: str, name: str, value: object, allowed: tuple[str, ...], why: str = ""
) -> None:
    """Check an argument that is one of several words.

    Raises ParameterError if it is none of them.

    Parameters
    ----------
    allowed : tuple of str
        At least two words.
    """
    if not isinstance(value, str) or value not in allowed:
        raise ParameterError(
            where,
            f"{name}={value!r}",
            f"{name} is {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}{why}",
            "choose one",
        )


def check_taken(where: str, dtype: Any, method_options: Any) -> None:
    """Check arguments of Brian 2 that change nothing.

    Raises ParameterError or NotThereError if one is not allowed there either.
    """
    check_dtype(where, dtype)
    _check_method_options(where, method_options)


def _check_method_options(where: str, options: Any) -> None:
    """Check the argument `method_options` of Brian 2, which changes how code is written alone.

    Raises NotThereError if there is no such option.
    """
    known = ("simplify", "split_complex")
    given: Any = {} if options is None else options
    unknown = [n for n in given if n not in known] if isinstance(given, Mapping) else [given]
    if unknown:
        raise NotThereError(
            where,
            f"method_options={options!r}",
            f"options are {', '.join(known)}; formulas are always simplified",
            "leave it out",
        )


def check_dtype(where: str, dtype: Any) -> None:
    """Check the argument `dtype` of Brian 2, which changes nothing: numbers have 64 bits.

    Raises ParameterError if it is no numeric or boolean type of numpy, nor a mapping of names to
    such.
    """
    for given in dtype.values() if isinstance(dtype, Mapping) else (dtype,):
        try:
            kind: str = np.dtype(float if given is None else given).kind
        except TypeError:
            kind = ""
        if kind not in {"f", "i", "u", "b"}:
            raise ParameterError(
                where,
                f"dtype={dtype!r}",
                "dtype is a type of numbers such as float64, or a dict from names of variables to "
                "types; numbers are computed in double precision whatever it is",
                "correct dtype, or leave it out",
            )
