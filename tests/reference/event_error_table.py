"""Recompute how far the closed forms are from the event engine and print it in Markdown.

    python tests/reference/event_error_table.py

One number a network and systolic template: error of the ``analytic`` latency, the ``event`` latency taken as the truth.
The last column gives the memory of ``systolic_ws_32`` banks: the closed forms know its peak bandwidth alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import hwsim
from hwsim.datafiles import names

NETWORKS = ("resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "vit_b_16", "bert_base", "tpu_mlp0", "tpu_lstm0",
            "tpu_cnn1")
BANKS = "systolic_ws_32", {"memories.dram.device": "DDR4-2400 x8"}
HEADER = "| analytic against event |"


def decoder_block(tokens: int = 64, width: int = 2048, heads: int = 16) -> hwsim.Network:
    """Return a pre-normalised decoder block with a gated feed-forward layer over ``tokens``, as in a prompt of an LLM."""
    b = hwsim.NetworkBuilder(f"decoder block, {tokens} tokens x {width}")
    x = b.input("x", (1, tokens, width))
    y = b.norm(x, "rms")
    q, k, v = (b.transpose(b.reshape(b.linear(y, width, bias=False), (1, tokens, heads, width // heads)), (0, 2, 1, 3))
               for _ in range(3))
    context = b.reshape(b.transpose(b.attention(q, k, v), (0, 2, 1, 3)), (1, tokens, width))
    x = b.add(b.linear(context, width, bias=False), x)
    y = b.norm(x, "rms")
    gate = b.pointwise("silu", b.linear(y, 3 * width, bias=False))
    y = b.pointwise("mul", gate, b.linear(y, 3 * width, bias=False))
    return b.build(b.add(b.linear(y, width, bias=False), x))


def machines() -> dict[str, hwsim.Accelerator]:
    """Return the systolic templates, then one with banks, by the name of its column."""
    templates = {name: hwsim.load_accelerator(name) for name in names("arch_templates")}
    found = {name: acc for name, acc in templates.items() if acc.kind == "systolic"}
    name, overrides = BANKS
    return {**found, f"{name}, {overrides['memories.dram.device']}": hwsim.load_accelerator(name, overrides=overrides)}


def error_percent(accelerator: hwsim.Accelerator, network: hwsim.Network) -> float:
    """Return the error of the closed forms' latency."""
    analytic, event = (hwsim.simulate(accelerator, network, fidelity=fidelity).latency_s for fidelity in ("analytic", "event"))
    return 100 * (analytic / event - 1)


def lines() -> Iterator[str]:
    """Yield the table."""
    columns = machines()
    yield f"{HEADER} {' | '.join(columns)} |"
    yield "| --- |" + " ---: |" * len(columns)
    errors: list[list[float]] = []
    for network in [*map(hwsim.load_workload, NETWORKS), decoder_block()]:
        errors.append([error_percent(accelerator, network) for accelerator in columns.values()])
        yield f"| {network.name} | {' | '.join(f'{error:+.1f} %' for error in errors[-1])} |"
    means = (fmean(map(abs, column)) for column in zip(*errors, strict=True))
    yield f"| mean of the sizes | {' | '.join(f'{mean:.1f} %' for mean in means)} |"


if __name__ == "__main__":
    for line in lines():
        print(line)
