"""Generated code finds what it names."""

from __future__ import annotations

from importlib import import_module

from distsnn.codegen.kernel_names import _MODULES, imports_of
from distsnn.language.functions import FUNCTIONS


def test_every_name_is_in_its_module() -> None:
    for module, names in _MODULES.items():
        for name in names.split():
            assert hasattr(import_module(module), name), name


def test_functions_of_expressions_are_known() -> None:
    for function in FUNCTIONS.values():
        space: dict[str, object] = {}
        exec(imports_of(f"{function.code}(x)"), space)
        assert callable(eval(function.code, space))


def test_what_is_not_named_is_not_imported() -> None:
    assert imports_of("x = y").split() == ["import", "numpy", "as", "np"]
