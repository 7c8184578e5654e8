"""Hypothesis strategies shared by the property tests."""

from hypothesis import strategies as st

from hwsim.workload.builder import NetworkBuilder

DATAFLOWS = st.sampled_from(["ws", "os", "is"])


@st.composite
def gemms(draw, most=400):
    """A network of one matrix product with a constant or a computed right operand, maybe with an epilogue."""
    m, n, k = (draw(st.integers(1, most)) for _ in range(3))
    b = NetworkBuilder(f"gemm_{m}x{n}x{k}")
    x = b.input("x", (m, k))
    y = b.linear(x, n, bias=draw(st.booleans())) if draw(st.booleans()) else b.matmul(x, b.input("y", (k, n)))
    return b.build(b.relu(y) if draw(st.booleans()) else y)


@st.composite
def small_networks(draw, batch=None):
    """A few convolutions with residuals, poolings, normalisations, a softmax and products of any grouping."""
    size, channels = draw(st.integers(2, 12)), 2 ** draw(st.integers(1, 5))
    b = NetworkBuilder("small")
    x = b.input("x", (draw(st.integers(1, 3)) if batch is None else batch, channels, size, size))
    for _ in range(draw(st.integers(1, 4))):
        step = draw(st.sampled_from(["conv", "pointwise", "depthwise", "residual", "pool", "gelu", "move"]))
        channels, size = b.shape(x)[1:3]
        if step == "conv":
            x = b.relu(b.norm(b.conv(x, 2 ** draw(st.integers(1, 6)), 3, stride=draw(st.integers(1, 2))), "batch"))
        elif step == "pointwise":
            x = b.conv(x, draw(st.integers(1, 70)), 1, bias=True)
        elif step == "depthwise":
            x = b.conv(x, channels, 3, groups=channels)
        elif step == "residual":
            x = b.add(b.conv(x, channels, 3), x)
        elif step == "pool" and size > 1:
            x = b.pool(x, 2)
        elif step == "move":
            x = b.move(x, b.shape(x), function="shift")
        else:
            x = b.pointwise("gelu", x)
    return b.build(b.softmax(b.linear(b.global_average(x), draw(st.integers(1, 300)))))


@st.composite
def systolic_overrides(draw):
    """Overrides of a systolic template with separate ifmap, filter and ofmap buffers and one memory ``dram``."""
    rows, cols = draw(st.integers(1, 48)), draw(st.integers(1, 48))
    room = draw(st.sampled_from([1, 2, 5, 40]))  # double-buffered tiles that fit
    wide = draw(st.sampled_from([1, 3, 50]))
    return {
        "array.rows": rows, "array.cols": cols, "array.pipelined_folds": draw(st.booleans()),
        "array.activation_bits": draw(st.sampled_from([4, 8, 16])),
        "buffers.ifmap_sram.capacity_bytes": 2.0 * room * max(rows * cols, 16) * 2,
        "buffers.filter_sram.capacity_bytes": 2.0 * room * max(rows * cols, 16) * 2,
        "buffers.ofmap_sram.capacity_bytes": 2.0 * wide * cols * 4,
        "memories.dram.bandwidth_bytes_per_s": draw(st.sampled_from([1e8, 3e9, 1e11, 7e12])),
        "memories.dram.latency_s": draw(st.sampled_from([0.0, 3e-8])),
        "memories.dram.streamed": draw(st.booleans()),
        "vector_unit.lanes": draw(st.sampled_from([1, 16, 1000])),
        "vector_unit.latency_cycles": draw(st.sampled_from([0, 20])),
    }
