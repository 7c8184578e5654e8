"""SCALE-Sim topology files: convolution layers or matrix products as CSV, told apart by the header.

Format as documented by SCALE-Sim v2 and v3 (Samajdar et al., ISPASS 2020; https://github.com/scalesim-project/scale-sim-v2):
``Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides`` with padding
already inside the ifmap, or ``Layer, M, N, K``; an optional last column ``Sparsity`` holds ``N:M``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from hwsim.errors import ConfigError, Fault
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import Conv, MatMul, Operator
from hwsim.workload.tensor import Shape, Tensor

MAX_BYTES = 8 * 2**20
MAX_SIZE = 2**31
_CONV = ("IFMAP Height", "IFMAP Width", "Filter Height", "Filter Width", "Channels", "Num Filter", "Strides")
_GEMM = ("M", "N", "K")


def read_scalesim(path: Path, *, batch: int | None = None, name: str | None = None) -> Network:
    """Read a SCALE-Sim topology; every layer stands alone, with an input and an output of the network of its own.

    Parameters
    ----------
    path : of the CSV file.
    batch : images of a convolution topology, default 1; a GEMM topology has its batch in M.
    name : of the network; default the file's stem.

    Raises
    ------
    ConfigError
        Every fault of the file, with its line.
    """
    file = str(path)
    rows = _rows(path)
    if not rows:
        raise ConfigError(Fault("the file is empty; expected a SCALE-Sim topology", file=file))
    (head_line, head), body = rows[0], rows[1:]
    columns = _columns(head)
    if columns is None:
        raise ConfigError(
            Fault(
                "not the header of a SCALE-Sim topology",
                file=file,
                line=head_line,
                value=", ".join(head),
                allowed=f"Layer name, {', '.join(_CONV)} or Layer, {', '.join(_GEMM)}",
            )
        )
    if columns == _GEMM and batch is not None:
        raise ConfigError(Fault("a GEMM topology has its batch in M", file=file, path="batch", value=str(batch)))
    faults: list[Fault] = []
    tensors: dict[str, Tensor] = {}
    layers: list[Layer] = []
    for line, cells in body:
        read = _layer(cells, columns, file, line, faults)
        if read is None:
            continue
        layer, values, density = read
        if any(layer == other.name for other in layers):
            faults.append(Fault("two layers of this name", file=file, line=line, path=layer))
            continue
        try:
            op, x, w = _operator(values, batch or 1)
            made = [
                Tensor(f"{layer}.in", x, role="input"),
                Tensor(f"{layer}.weight", w, role="weight", density=density),
            ]
            out = Tensor(f"{layer}.out", op.infer(made)[0])
        except ValueError as error:
            faults.append(Fault(str(error), file=file, line=line, path=layer))
            continue
        tensors.update({t.name: t for t in (*made, out)})
        layers.append(Layer(layer, op, (made[0].name, made[1].name), (out.name,)))
    if not body:
        faults.append(Fault("no layers after the header", file=file, line=head_line))
    if faults:
        raise ConfigError(faults)
    return Network(name or path.stem, tuple(layers), tensors, tuple(layer.outputs[0] for layer in layers),
                   {"source": path.name, "format": "scalesim", **({"batch": str(batch)} if batch is not None else {})})


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every row that is not blank; trailing empty cells are dropped."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(Fault(f"larger than {MAX_BYTES // 2**20} MiB", file=str(path)))
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.reader(text.splitlines(), skipinitialspace=True, strict=True)
        rows = []
        for cells in reader:
            kept = [cell.strip() for cell in cells]
            while kept and not kept[-1]:
                kept.pop()
            if kept:
                rows.append((reader.line_num, kept))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(Fault(f"cannot be read as CSV text: {error}", file=str(path))) from None
    return rows


def _columns(head: Sequence[str]) -> tuple[str, ...] | None:
    """Return the number columns that the header promises, or None for another header."""
    plain = [re.sub(r"[^a-z]", "", cell.lower()) for cell in head]
    for columns in (_CONV, _GEMM):
        if plain[1 : len(columns) + 1] == [re.sub(r"[^a-z]", "", c.lower()) for c in columns]:
            return columns
    return None


def _layer(cells: list[str], columns: tuple[str, ...], file: str, line: int,
           faults: list[Fault]) -> tuple[str, list[int], float] | None:
    """Return (name, numbers, weight density) of a row, or None after reporting its faults."""
    name, given = cells[0], cells[1:]
    before = len(faults)
    if not name:
        faults.append(Fault("a layer needs a name", file=file, line=line))
    if len(given) not in (len(columns), len(columns) + 1):
        faults.append(Fault("wrong number of columns", file=file, line=line, path=name, value=str(len(cells)),
                            allowed=f"{len(columns) + 1}, and maybe a sparsity N:M"))
        return None
    values = []
    for column, text in zip(columns, given, strict=False):
        if not re.fullmatch(r"[+-]?\d{1,12}", text) or not 1 <= int(text) <= MAX_SIZE:
            faults.append(Fault("not a size", file=file, line=line, path=f"{name}.{column}", value=repr(text),
                                allowed=f"a whole number 1..{MAX_SIZE}"))
        else:
            values.append(int(text))
    density = 1.0
    if len(given) > len(columns):
        found = re.fullmatch(r"(\d{1,4}):(\d{1,4})", given[-1])
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            faults.append(Fault("not a sparsity", file=file, line=line, path=f"{name}.Sparsity", value=repr(given[-1]),
                                allowed="N:M with 1 <= N <= M, as 2:4"))
        else:
            density = int(found[1]) / int(found[2])
    return (name, values, density) if len(faults) == before else None


def _operator(values: list[int], batch: int) -> tuple[Operator, Shape, Shape]:
    """Return the operator with its input and weight shapes."""
    if len(values) == len(_GEMM):
        m, n, k = values
        return MatMul(), (m, k), (k, n)
    h, w, r, s, c, filters, stride = values
    return Conv((stride, stride)), (batch, c, h, w), (filters, c, r, s)
