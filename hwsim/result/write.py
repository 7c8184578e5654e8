"""Results as files: JSON, CSV, Parquet; the same result gives the same bytes, and a failed write leaves nothing."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from hwsim.result.result import Result


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield the path of a file to write, which becomes ``path`` in one step: readers see the old file or the new one.

    Raises
    ------
    ConfigError
        The file cannot be written; the old one, if any, is untouched.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():  # a pipe or a device is not replaced
            yield target
            return
        target = target.resolve()  # a link keeps pointing
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            yield partial
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigError(Fault(f"cannot write: {error.strerror}", file=str(path))) from error


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path`` as ``replacing`` does."""
    with replacing(path) as partial:
        partial.write_bytes(data)


def plain(value: Any) -> Any:
    """Return ``value`` as JSON data: numpy scalars as Python ones, numbers that are not finite as None."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "items"):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def record(result: Result, *, layers: bool = True) -> dict[str, Any]:
    """Return ``result`` as JSON data, in the documented order of keys."""
    data: dict[str, Any] = {"hwsim_version": result.provenance.get("hwsim_version", "")}
    for key in ("accelerator", "workload", "fidelity", "cycles", "latency_s", "energy_j", "area_mm2", "macs",
                "utilisation", "spatial_utilisation", "temporal_utilisation", "traffic_bytes", "energy_breakdown_j",
                "area_breakdown_mm2", "stall_breakdown_cycles", "metrics", "notes"):
        data[key] = plain(getattr(result, key))
    if layers:
        data["layers"] = plain(result.layers.to_dict(orient="records"))
    if result.resources:
        data["resources"] = [asdict(entry) for entry in result.resources]
        data["jobs"] = [asdict(job) for job in result.jobs]
    data["provenance"] = plain(result.provenance)
    return data


def to_json(result: Result, path: str | Path | None = None) -> str:
    """Return ``result`` as JSON text and, with ``path``, write it there; NaN and infinity become null."""
    text = json.dumps(record(result), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    if path is not None:
        write_bytes(path, text.encode())
    return text


def to_csv(result: Result, path: str | Path | None = None) -> str:
    """Return the per-layer frame as CSV text and, with ``path``, write it there; NaN is an empty field."""
    text = str(result.layers.to_csv(index=False, lineterminator="\n"))
    if path is not None:
        write_bytes(path, text.encode())
    return text


def to_parquet(result: Result, path: str | Path) -> None:
    """Write the per-layer frame as Parquet; the totals are JSON text in the file's ``hwsim`` metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    totals = json.dumps(record(result, layers=False), allow_nan=False, ensure_ascii=False)
    table = pa.Table.from_pandas(result.layers, preserve_index=False).replace_schema_metadata({"hwsim": totals})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    write_bytes(path, buffer.getvalue())
