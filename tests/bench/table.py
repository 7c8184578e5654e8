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
    """Return ``value`` in three or four digits with a decimal prefix."""
    scale, prefix = next(((s, p) for s, p in PREFIXES if value >= s), PREFIXES[-1])
    return f"{value / scale:.{3 if value < 99.95 * scale else 4}g} {prefix}{unit}"


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table in Markdown, one row a bench, and the machine of the run."""
    yield "| what | target | median | times the target | best round |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for bench in report["benchmarks"]:
        info = bench["extra_info"]
        target, unit, more = info["target"], info["unit"], info["better"] == "more"
        median, best = (value / target if more else target / value for value in (info["measured"], info["best"]))
        yield (f"| {info['label']} | {'>=' if more else '<='} {quantity(target, unit)} | "
               f"{quantity(info['measured'], unit)} | {median:.2f}x | {best:.2f}x |")
    machine = report["machine_info"]
    cpu = f"{machine['cpu'].get('brand_raw', 'unknown processor')}, {machine['cpu'].get('count', '?')} cores"
    yield ""
    yield ("One run; rates of costs are kernel x design evaluations, other rates count what their rows name; "
           f"{cpu}, Python {machine['python_version']}, {report['datetime'][:10]}.")


if __name__ == "__main__":
    print("\n".join(lines(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
