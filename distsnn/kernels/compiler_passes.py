"""Passes of numba for functions of distsnn: fewer, and less for functions of one block.

A third of the time of numba goes into LLVM, which makes machine code of every function, though
a generated function is called from the block alone in whose module it stands. Here such a
function ends as unoptimized code, and LLVM optimizes the whole block at once. Large functions are
optimized apart: within a block fewer of their loops vectorize.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering, NopythonRewrites
from numba.core.untyped_passes import DeadBranchPrune, InlineClosureLikes, WithLifting

# For array expressions, arguments of None, closures and `with`, which no kernel has.
_LEFT_OUT = (NopythonRewrites, DeadBranchPrune, InlineClosureLikes, WithLifting)


class KernelCompiler(CompilerBase):
    """numba's compiler, without passes that do nothing in kernels."""

    lowering = NativeLowering

    def define_pipelines(self) -> list[Any]:
        """The passes of numba, in its order."""
        manager = PassManager("kernel")
        for kind, text in DefaultPassBuilder.define_nopython_pipeline(self.state).passes:
            if kind not in _LEFT_OUT:
                manager.add_pass(self.lowering if kind is NativeLowering else kind, text)
        manager.finalize()
        return [manager]


class _OptimizedLibrary(JITCodeLibrary):
    """Code that becomes machine code where it is linked."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _LinkedLibrary(_OptimizedLibrary):
    """Code that is optimized there, too."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        pass


@register_pass(mutates_CFG=True, analysis_only=False)
class _LinkedLowering(NativeLowering):
    _name = "linked_lowering"
    library: type[JITCodeLibrary] = _LinkedLibrary

    def run_pass(self, state: Any) -> bool:
        codegen = state.targetctx.codegen()
        state.library = library = self.library(codegen, state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        made = state["cr"]
        # numba knows a function by what calls it from Python, a built-in one. This one raises.
        known_by = dict[Any, Any]().__getitem__
        state.targetctx.insert_user_function(known_by, made.fndesc, [library])
        state["cr"] = made._replace(cfunc=known_by)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _OptimizedLowering(_LinkedLowering):
    _name = "optimized_lowering"
    library = _OptimizedLibrary


class LinkedCompiler(KernelCompiler):
    """The compiler of functions that one block calls."""

    lowering = _LinkedLowering


class OptimizedCompiler(KernelCompiler):
    """The same for large ones."""

    lowering = _OptimizedLowering
