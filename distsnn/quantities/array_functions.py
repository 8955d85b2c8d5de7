"""Functions of numpy whose own code would lose or mix the dimensions of quantities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.quantities.dimension_rules import get_dimensions, is_quantity, plain, same_dimension
from distsnn.quantities.physical import Dimension

# Plain numbers, and their dimension; None for numbers that have none.
Result = tuple[Any, Dimension | None]
Rule = Callable[..., Result]


def _all_alike(keep: bool) -> Rule:
    """All quantities among the arguments have one dimension, which the result has if `keep`."""

    def rule(function: Any, *args: Any, **kwargs: Any) -> Result:
        numbers, first = [], None
        for value in args:
            parts = value if isinstance(value, list | tuple) else [value]
            for part in parts:
                if is_quantity(part):
                    if first is not None:
                        same_dimension(function.__name__, first, part)
                    first = part
            numbers.append(
                type(value)(plain(p) for p in value)
                if isinstance(value, list | tuple) and any(is_quantity(p) for p in parts)
                else plain(value)
            )
        found = function(*numbers, **{n: plain(v) for n, v in kwargs.items()})
        return found, first.dim if keep and first is not None else None

    return rule


def _mixed(function: Any, *arrays: Any, **kwargs: Any) -> Result:
    """As above, and plain arrays stand for no dimension."""
    parts = [p for a in arrays for p in (a if isinstance(a, list | tuple) else [a])]
    known = [p for p in parts if p is not None and not isinstance(p, bool)]
    quantity = next(p for p in known if is_quantity(p))
    for part in known:
        same_dimension(function.__name__, quantity, part)
    found = function(*(_plain_parts(a) for a in arrays), **kwargs)
    return found, quantity.dim


def _plain_parts(value: Any) -> Any:
    return [plain(p) for p in value] if isinstance(value, list | tuple) else plain(value)


def _join(function: Any, arrays: Any, *args: Any, **kwargs: Any) -> Result:
    """Numbers in SI units without a dimension, as in Brian 2; those of two are refused."""
    quantities = [a for a in arrays if is_quantity(a)]
    for other in quantities[1:]:
        same_dimension(function.__name__, quantities[0], other)
    return function([plain(a) for a in arrays], *args, **kwargs), None


def _append(function: Any, array: Any, values: Any, *args: Any, **kwargs: Any) -> Result:
    return _join(lambda pair: function(*pair, *args, **kwargs), [array, values])


def _product(function: Any, a: Any, b: Any, *args: Any, **kwargs: Any) -> Result:
    dim = get_dimensions(a) * get_dimensions(b)
    return function(plain(a), plain(b), *args, **kwargs), dim


def _by_method(function: Any, a: Any, *args: Any, **kwargs: Any) -> Result:
    found = getattr(a, function.__name__)(*args, **kwargs)
    return plain(found), get_dimensions(found)


def _discard(function: Any, *args: Any, **kwargs: Any) -> Result:
    return function(*map(plain, args), **{n: plain(v) for n, v in kwargs.items()}), None


FUNCTIONS: dict[Any, Rule] = {
    **dict.fromkeys(
        (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack), _join
    ),
    np.append: _append,
    np.clip: _mixed,
    **dict.fromkeys((np.inner, np.kron), _product),
    **dict.fromkeys((np.var, np.prod, np.cumprod, np.argsort, np.argmin, np.argmax), _by_method),
    **dict.fromkeys((np.nonzero, np.count_nonzero, np.isreal, np.iscomplex), _discard),
    # As in Brian 2, whose own `dot` and `where` have the units.
    **dict.fromkeys((np.dot, np.outer, np.cross, np.convolve, np.where, np.resize), _discard),
    **dict.fromkeys((np.intersect1d, np.union1d), _all_alike(keep=False)),
    **dict.fromkeys(
        (np.searchsorted, np.digitize, np.isclose, np.allclose, np.isin, np.array_equal),
        _all_alike(keep=False),
    ),
    **dict.fromkeys(
        (np.linspace, np.ptp, np.percentile, np.quantile, np.median, np.nanmean, np.nanmax),
        _all_alike(keep=True),
    ),
}
