"""Turn the file that ``pytest -m bench --benchmark-json=bench.json`` writes into the speed table of the README.

    python tests/bench/table.py bench.json

Every row is a ratio to its target: 2.0x is twice as fast (or half as long, or half as large) as asked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"))


def quantity(value: float, unit: str) -> str:
    """Return ``value`` in three digits with a decimal prefix."""
    if unit == "s" and value >= 1:
        return f"{value:.3g} s"
    scale, prefix = next(((s, p) for s, p in PREFIXES if value >= s), PREFIXES[-1])
    return f"{value / scale:.4g} {prefix}{unit}" if value / scale >= 999.5 else f"{value / scale:.3g} {prefix}{unit}"


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table in Markdown, one row a bench, and the machine of the run."""
    yield "| what | target | measured | times the target |"
    yield "| --- | ---: | ---: | ---: |"
    for bench in report["benchmarks"]:
        info = bench["extra_info"]
        measured, target, unit = info["measured"], info["target"], info["unit"]
        sign, ratio = (">=", measured / target) if info["better"] == "more" else ("<=", target / measured)
        yield f"| {info['label']} | {sign} {quantity(target, unit)} | {quantity(measured, unit)} | {ratio:.2f}x |"
    machine = report["machine_info"]
    cpu = f"{machine['cpu'].get('brand_raw', 'unknown processor')}, {machine['cpu'].get('count', '?')} cores"
    yield ""
    yield ("One run, medians; rates are kernel x design evaluations; "
           f"{cpu}, Python {machine['python_version']}, {report['datetime'][:10]}.")


if __name__ == "__main__":
    print("\n".join(lines(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
