"""Recompute how far the closed forms are from the event engine and print it in Markdown.

    python tests/reference/event_error_table.py

One number a network and systolic template: error of the ``analytic`` latency, the ``event`` latency taken as the truth.
The last column gives the memory of ``systolic_ws_32`` banks: the closed forms know its peak bandwidth alone. The last row
is a layer of a language model that reads a prompt.
"""

from __future__ import annotations

from collections.abc import Iterator

import hwsim

NETWORKS = ("resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "convnext_t", "swin_t", "deit_ti", "bert_base",
            "tpu_mlp0", "tpu_lstm0")
TEMPLATES = ("tpu_v1", "edge_npu", "gemmini_16x16", "systolic_ws_32", "systolic_os_32", "systolic_is_32")
BANKS = {"memories.dram.device": "DDR4-2400 x8"}


def decoder_block(tokens: int = 64, width: int = 2048, heads: int = 16) -> hwsim.Network:
    """Return a pre-normalised decoder block with a gated feed-forward layer over ``tokens``, as in a prompt of an LLM."""
    b = hwsim.NetworkBuilder(f"decoder block, {tokens} tokens, width {width}")
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
    found = {name: hwsim.load_accelerator(name) for name in TEMPLATES}
    return {**found, "systolic_ws_32 with DDR4 banks": hwsim.load_accelerator("systolic_ws_32", overrides=BANKS)}


def error_percent(accelerator: hwsim.Accelerator, network: hwsim.Network) -> float:
    """Return the error of the closed forms' latency."""
    analytic, event = (hwsim.simulate(accelerator, network, fidelity=fidelity).latency_s for fidelity in ("analytic", "event"))
    return 100 * (analytic / event - 1)


def lines() -> Iterator[str]:
    """Yield the table."""
    columns = machines()
    yield f"| analytic against event | {' | '.join(columns)} |"
    yield "| --- |" + " ---: |" * len(columns)
    for network in [*map(hwsim.load_workload, NETWORKS), decoder_block()]:
        errors = (error_percent(accelerator, network) for accelerator in columns.values())
        yield f"| {network.name} | {' | '.join(f'{error:+.1f}%' for error in errors)} |"


if __name__ == "__main__":
    for line in lines():
        print(line)
