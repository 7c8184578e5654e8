"""An array as compiled inner functions take it: a bare pointer, without reference counts and tests for negative indices."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


def _cells(typingctx: Any, array: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        struct: Any = make_array(signature.args[0])  # type: ignore[no-untyped-call]
        return struct(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), codegen  # type: ignore[no-untyped-call]


cells: Any = intrinsic(_cells)  # cells(array): pointer to the first of its integers; the caller keeps the array alive
