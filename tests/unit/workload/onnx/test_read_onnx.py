"""Small hand-made graphs; every expected number is computed by hand beside the assertion."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hwsim.errors import ConfigError, UnsupportedError
from hwsim.workload.network import Network
from hwsim.workload.onnx.read import read_onnx

FLOAT, INT64, INT8, UINT8 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT8, TensorProto.UINT8


class Graph:
    """Collects nodes and constants; ``read`` writes the file and reads it."""

    def __init__(self, folder: Path, opset: int = 17, **domains: int) -> None:
        self.folder, self.opset, self.domains = folder, opset, domains
        self.nodes, self.constants, self.inputs, self.outputs, self.functions = [], [], [], [], []

    def input(self, name, shape, kind=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def weight(self, name, *shape, dtype=np.float32):
        return self.constant(name, np.zeros(shape, dtype))

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, op, inputs, outputs=None, **attributes):
        outputs = outputs or [f"{op.lower()}{len(self.nodes)}"]
        self.nodes.append(
            helper.make_node(op, inputs, outputs, name=attributes.pop("name", f"{op}_{len(self.nodes)}"), **attributes)
        )
        return outputs[0]

    def read(self, *outputs, **arguments) -> Network:
        results = [onnx.ValueInfoProto(name=o) for o in outputs]
        graph = helper.make_graph(self.nodes, "g", self.inputs, results, self.constants)
        imports = [
            helper.make_opsetid("", self.opset),
            *(helper.make_opsetid(d.replace("_", "."), v) for d, v in self.domains.items()),
        ]
        path = self.folder / "graph.onnx"
        onnx.save(helper.make_model(graph, opset_imports=imports, functions=self.functions), path)
        return read_onnx(path, **arguments)


@pytest.fixture
def graph(tmp_path):
    return Graph(tmp_path)


def kinds(network):
    return [layer.op.kind for layer in network.layers]


def gemms(network):
    return [(w.gemm.m, w.gemm.n, w.gemm.k, w.gemm.groups, w.gemm.steps) for w in network.works if w.gemm]


@pytest.mark.parametrize("size", ["N", None])
def test_symbolic_batch_is_frozen_through_shape_arithmetic(graph, size):
    """x -> conv -> reshape(x, (x.shape[0], -1)) -> fully connected, as torch's first exporter wrote it."""
    x = graph.input("x", [size, 3, 8, 8])
    y = graph.node("Conv", [x, graph.weight("w", 4, 3, 3, 3)], pads=[1, 1, 1, 1])
    lead = graph.node("Gather", [graph.node("Shape", [y]), graph.constant("zero", np.int64(0))])
    target = graph.node("Concat", [graph.node("Unsqueeze", [lead, graph.constant("axes", np.int64([0]))]),
                                   graph.constant("rest", np.int64([-1]))], axis=0)
    y = graph.node(
        "Gemm", [graph.node("Reshape", [y, target]), graph.weight("fc", 10, 256), graph.weight("b", 10)], transB=1
    )
    network = graph.read(y, batch=5)
    assert gemms(network) == [(5 * 64, 4, 27, 1, 1), (5, 10, 256, 1, 1)]
    assert kinds(network) == ["conv", "reshape", "matmul"]
    assert network.parameters == 4 * 27 + 2560 + 10


def test_fixed_batch_is_changed_with_the_reshapes_that_hold_it(graph):
    x = graph.input("x", [2, 3, 4, 4])
    y = graph.node("Reshape", [x, graph.constant("flat", np.int64([2, -1]))], name="flatten")
    network = graph.read(graph.node("MatMul", [y, graph.weight("w", 48, 5)]), batch=6)
    assert gemms(network) == [(6, 5, 48, 1, 1)]
    assert network.notes == ("flatten: leading size 2 became 6 for batch 6",)


def test_batch_times_heads_in_a_reshape_follows_the_batch(graph):
    x = graph.input("x", [2, 7, 3, 4])
    y = graph.node("Transpose", [x], perm=[0, 2, 1, 3])
    y = graph.node("Reshape", [y, graph.constant("heads", np.int64([6, 7, 4]))])
    y = graph.node("MatMul", [y, graph.node("Transpose", [y], perm=[0, 2, 1])])
    assert gemms(graph.read(y, batch=4)) == [(7, 7, 4, 12, 1)]


def test_a_batch_that_a_reshape_cannot_follow_is_refused_by_node(graph):
    x = graph.input("x", [2, 6])
    y = graph.node("Reshape", [x, graph.constant("s", np.int64([3, 4]))], name="mix")
    y = graph.node("MatMul", [y, graph.weight("w", 4, 2)])
    y = graph.node("Add", [y, graph.weight("old", 5, 2)], name="stale")
    with pytest.raises(ConfigError, match=r"(?s)node 'stale'.*written for batch 2"):
        graph.read(y, batch=4)


def test_qdq_pairs_fold_into_the_layers_and_set_their_widths(graph):
    """Q -> DQ -> conv(DQ weight, DQ bias) -> Q -> DQ -> relu -> Q -> DQ: only the first Q and the last DQ stay."""
    scale, zero = graph.constant("s", np.float32(0.1)), graph.constant("z", np.int8(0))

    def quantised(x, name):
        return graph.node(
            "DequantizeLinear",
            [graph.node("QuantizeLinear", [x, scale, zero], [f"{name}.q"]), scale, zero],
            [f"{name}.dq"],
        )

    x = quantised(graph.input("x", [1, 8, 6, 6]), "x")
    w = graph.node("DequantizeLinear", [graph.weight("w", 4, 8, 3, 3, dtype=np.int8), scale, zero])
    b = graph.node("DequantizeLinear", [graph.weight("b", 4, dtype=np.int32), scale])
    y = quantised(graph.node("Conv", [x, w, b], ["y"]), "y")
    y = quantised(graph.node("Relu", [y], ["r"]), "r")
    network = graph.read(y)
    assert [getattr(layer.op, "function", layer.op.kind) for layer in network.layers] == [
        "quantise",
        "conv",
        "relu",
        "dequantise",
    ]
    conv = network.layers[1]
    assert [(t.bits, t.quantised) for t in network.inputs_of(conv)] == [(8, True), (8, True), (32, True)]
    assert [(t.bits, t.quantised) for layer in network.layers[1:3] for t in network.outputs_of(layer)] == [
        (8, True)
    ] * 2
    assert network.weight_bytes == 4 * 8 * 9 + 4 * 4


def test_a_dequantised_value_with_two_kinds_of_readers(graph):
    """The convolution reads the 8-bit tensor; only the tanh, whose result stays wide, reads the dequantised one."""
    scale, zero = graph.constant("s", np.float32(0.1)), graph.constant("z", np.int8(0))
    x = graph.node("DequantizeLinear", [graph.input("x", [1, 8, 6, 6], INT8), scale, zero], name="wide")
    w = graph.node("DequantizeLinear", [graph.weight("w", 4, 8, 3, 3, dtype=np.int8), scale, zero])
    network = graph.read(graph.node("Conv", [x, w]), graph.node("Tanh", [x]))
    bits = {layer.name: [t.bits for t in network.inputs_of(layer)] for layer in network.layers}
    assert bits == {"wide": [8], "Conv_2": [8, 8], "Tanh_3": [32]}


def test_weight_only_int4(tmp_path):
    graph = Graph(tmp_path, opset=21)
    packed = helper.make_tensor("w", TensorProto.INT4, [16, 8], np.zeros(64, np.uint8).tobytes(), raw=True)
    graph.constants.append(packed)
    w = graph.node("DequantizeLinear", ["w", graph.constant("s", np.float32(1))])
    network = graph.read(graph.node("MatMul", [graph.input("x", [3, 16]), w]))
    assert kinds(network) == ["matmul"]
    assert network.weight_bytes == 64  # 128 weights of half a byte
    assert [t.bits for t in network.inputs_of(network.layers[0])] == [32, 4]


def test_qlinear_conv_and_matmul(graph):
    s, z = graph.constant("s", np.float32(1)), graph.constant("z", np.uint8(0))
    w = graph.weight("w", 4, 3, 1, 1, dtype=np.int8)
    wz = graph.constant("wz", np.int8(0))
    y = graph.node("QLinearConv", [graph.input("x", [1, 3, 5, 5], UINT8), s, z, w, s, wz, s, z])
    y = graph.node("Reshape", [y, graph.constant("shape", np.int64([1, 100]))])
    y = graph.node("QLinearMatMul", [y, s, z, graph.weight("v", 100, 7, dtype=np.int8), s, wz, s, z])
    network = graph.read(y)
    assert gemms(network) == [(25, 4, 3, 1, 1), (1, 7, 100, 1, 1)]
    assert all(t.bits == 8 and t.quantised for t in network.tensors.values())
    assert network.parameters == 12 + 700  # scales and zero points are not tensors


def test_dynamic_quantisation(graph):
    x = graph.input("x", [4, 16])
    graph.node("DynamicQuantizeLinear", [x], ["q", "scale", "zero"])
    product = graph.node("MatMulInteger", ["q", graph.weight("w", 16, 8, dtype=np.int8), "zero"])
    y = graph.node("Mul", [graph.node("Cast", [product], to=FLOAT), "scale"])
    network = graph.read(y)
    assert kinds(network) == ["reduce", "reduce", "pointwise", "matmul", "pointwise", "pointwise"]
    matmul = network.layers[3]
    assert [t.bits for t in (*network.inputs_of(matmul), *network.outputs_of(matmul))] == [8, 8, 32]


def test_lstm(graph):
    """10 steps, batch 2, 8 inputs, 16 hidden: input product 20 x 64 x 8, then 10 dependent products 2 x 64 x 16."""
    x = graph.input("x", [10, 2, 8])
    weights = [graph.weight("W", 1, 64, 8), graph.weight("R", 1, 64, 16), graph.weight("B", 1, 128)]
    graph.node("LSTM", [x, *weights], ["y", "h", "c"], hidden_size=16)
    network = graph.read("y", "h")
    assert gemms(network) == [(20, 64, 8, 1, 1), (2, 64, 16, 1, 10)]
    assert network.parameters == 64 * 8 + 64 * 16 + 128
    assert [network.tensors[o].shape for o in network.outputs] == [(10, 1, 2, 16), (1, 2, 16)]


def test_gru_bidirectional_doubles_everything(graph):
    x = graph.input("x", [10, 2, 8])
    weights = [graph.weight("W", 2, 48, 8), graph.weight("R", 2, 48, 16), graph.weight("B", 2, 96)]
    graph.node(
        "GRU", [x, *weights, "", graph.weight("h0", 2, 2, 16)], ["y", "h"], hidden_size=16, direction="bidirectional"
    )
    network = graph.read("y", "h")
    assert gemms(network) == [(20, 48, 8, 1, 1), (2, 48, 16, 1, 10)] * 2
    assert network.parameters == 2 * (48 * 8 + 48 * 16 + 96)
    assert [network.tensors[o].shape for o in network.outputs] == [(10, 2, 2, 16), (2, 2, 16)]


def test_attention_of_opset_23_with_grouped_queries_and_past(tmp_path):
    """4 query heads share 2 key heads; 3 tokens after 5 past ones; width 8: per key head (2 x 3) x 8 x 8, twice."""
    graph = Graph(tmp_path, opset=23)
    q = graph.input("q", [1, 3, 32])
    k, v = graph.input("k", [1, 3, 16]), graph.input("v", [1, 3, 16])
    past = [graph.input(n, [1, 2, 5, 8]) for n in ("past_k", "past_v")]
    graph.node("Attention", [q, k, v, "", *past], ["y", "new_k", "new_v"], q_num_heads=4, kv_num_heads=2, name="attn")
    network = graph.read("y", "new_k", "new_v")
    assert gemms(network) == [(6, 8, 8, 2, 1), (6, 8, 8, 2, 1)]
    assert network.macs == 2 * 4 * 3 * 8 * 8
    assert [network.tensors[o].shape for o in network.outputs] == [(1, 3, 32), (1, 2, 8, 8), (1, 2, 8, 8)]


def test_attention_in_four_dimensions_with_mask(tmp_path):
    graph = Graph(tmp_path, opset=23)
    q, k, v = (graph.input(n, [2, 4, 6, 8]) for n in "qkv")
    y = graph.node("Attention", [q, k, v, graph.input("mask", [6, 6])])
    network = graph.read(y)
    assert network.macs == 2 * 4 * 2 * 6 * 6 * 8
    assert "softmax" in kinds(network)
    assert network.tensors[network.outputs[0]].shape == (2, 4, 6, 8)


def test_conv_transpose(graph):
    """Stride 2, 4 x 4 kernel, pads 1: 7 -> 14; MACs = 49 positions x 8 x 4 channels x 16 taps."""
    y = graph.node(
        "ConvTranspose",
        [graph.input("x", [1, 8, 7, 7]), graph.weight("w", 8, 4, 4, 4)],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    )
    z = graph.node("ConvTranspose", ["x", "w"], strides=[2, 2], output_shape=[15, 15])
    network = graph.read(y, z)
    assert network.macs == 2 * 49 * 8 * 4 * 16
    assert [network.tensors[o].shape for o in network.outputs] == [(1, 4, 14, 14), (1, 4, 15, 15)]


@pytest.mark.parametrize(("equation", "shapes", "expected", "moves"), [
    ("ij,jk->ik", [(3, 4), (4, 5)], (3, 5, 4, 1, 1), 0),
    ("bhqd,bhkd->bhqk", [(2, 3, 5, 8), (2, 3, 7, 8)], (5, 7, 8, 6, 1), 0),
    ("bqhd,bkhd->bhqk", [(2, 5, 3, 8), (2, 7, 3, 8)], (5, 7, 8, 6, 1), 2),
    ("btc,cd->btd", [(2, 5, 8), (8, 9)], (10, 9, 8, 1, 1), 0),
    ("ij,jk->ki", [(3, 4), (4, 5)], (5, 3, 4, 1, 1), 0),
    ("i,j->ij", [(3,), (4,)], (3, 4, 1, 1, 1), 0),
])
def test_einsum_as_matrix_product(graph, equation, shapes, expected, moves):
    a, b = (graph.input(name, shape) for name, shape in zip("ab", shapes, strict=True))
    network = graph.read(graph.node("Einsum", [a, b], equation=equation))
    assert gemms(network) == [expected]
    assert kinds(network).count("move") == moves
    assert network.tensors[network.outputs[0]].shape == np.einsum(equation, *map(np.zeros, shapes)).shape


@pytest.mark.parametrize("equation", ["ij,jk->k", "ii,ij->ij", "...i,ij->...j"])
def test_other_einsums_are_refused(graph, equation):
    y = graph.node("Einsum", [graph.input("a", (4, 4)), graph.input("b", (4, 4))], equation=equation)
    with pytest.raises(UnsupportedError, match="Einsum"):
        graph.read(y)


def test_opset_7_dropout_and_batch_norm(tmp_path):
    graph = Graph(tmp_path, opset=7)
    x = graph.input("x", [1, 4, 6, 6])
    statistics = [graph.weight(n, 4) for n in ("scale", "shift", "mean", "variance")]
    y = graph.node("BatchNormalization", [x, *statistics])
    network = graph.read(graph.node("Dropout", [y]))
    assert kinds(network) == ["normalise", "reshape"]
    assert network.parameters == 8  # scale and shift; mean and variance fold into them


def test_opset_7_batch_norm_over_all_axes_is_refused(tmp_path):
    graph = Graph(tmp_path, opset=7)
    x = graph.input("x", [1, 4])
    y = graph.node("BatchNormalization", [x, *(graph.weight(n, 4) for n in "abcd")], spatial=0)
    with pytest.raises(UnsupportedError, match="spatial=0"):
        graph.read(y)


def test_opset_6_is_converted(tmp_path):
    """Opset 6 adds with an explicit axis; converted, the bias broadcasts over channels."""
    graph = Graph(tmp_path, opset=6)
    x = graph.input("x", [1, 4, 6, 6])
    y = graph.node("Conv", [x, graph.weight("w", 4, 4, 1, 1)])
    graph.outputs = [y]
    y = graph.node("Relu", [y], ["y"])
    results = [helper.make_tensor_value_info("y", FLOAT, [1, 4, 6, 6])]
    model = helper.make_graph(
        graph.nodes,
        "g",
        [*graph.inputs, helper.make_tensor_value_info("w", FLOAT, [4, 4, 1, 1])],
        results,
        graph.constants,
    )
    path = tmp_path / "old.onnx"
    onnx.save(helper.make_model(model, opset_imports=[helper.make_opsetid("", 6)], ir_version=3), path)
    network = read_onnx(path)
    assert network.macs == 36 * 16
    assert network.provenance["opset"] == "6"


def test_everything_unsupported_is_listed_at_once(graph):
    x = graph.input("x", [4, 4])
    a = graph.node("Det", [x], name="first")
    b = graph.node("NonZero", [x], name="second")
    c = graph.node("Relu", [b], name="after")
    with pytest.raises(UnsupportedError) as caught:
        graph.read(a, c)
    assert [fault.path for fault in caught.value.faults] == ["node 'first'", "node 'second'"]
    assert "operator NonZero is not modelled" in str(caught.value)


def test_unsupported_operators_become_vector_work_on_request(graph):
    x = graph.input("x", [2, 3, 3])
    y = graph.node("Relu", [graph.node("Det", [x], name="det")])
    network = graph.read(y, on_unsupported="vector")
    assert kinds(network) == ["unsupported", "pointwise"]
    assert network.works[0].vector_ops == 2
    assert network.notes == ("det: operator Det is not modelled; counted as one vector operation an output element",)


def test_unknown_shapes_are_an_error_even_then(graph):
    y = graph.node("NonZero", [graph.input("x", [4, 4])], name="where")
    with pytest.raises(UnsupportedError, match=r"node 'where'.*output shape is unknown"):
        graph.read(y, on_unsupported="vector")


def test_a_shape_computed_from_data_is_an_error(graph):
    y = graph.node("Reshape", [graph.input("x", [4, 4]), graph.input("shape", [2], INT64)], name="late")
    with pytest.raises(UnsupportedError, match=r"node 'late'.*depends on data"):
        graph.read(y)


def test_control_flow_is_refused_by_name(graph):
    branch = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["z"])], "branch", [], [helper.make_tensor_value_info("z", FLOAT, [2])]
    )
    y = graph.node("If", [graph.input("flag", [1], TensorProto.BOOL)], ["y"], then_branch=branch, else_branch=branch)
    graph.input("x", [2])
    with pytest.raises(UnsupportedError, match="operator If is not modelled"):
        graph.read(y)


def test_local_functions_are_inlined(graph):
    graph.domains = {"mine": 1}
    body = [helper.make_node("MatMul", ["a", "b"], ["c"])]
    graph.functions = [helper.make_function("mine", "Dense", ["a", "b"], ["c"], body, [helper.make_opsetid("", 17)])]
    y = graph.node("Dense", [graph.input("x", [2, 3]), graph.weight("w", 3, 4)], domain="mine")
    assert gemms(graph.read(y)) == [(2, 4, 3, 1, 1)]


def test_constants_fold_and_dead_nodes_vanish(graph):
    """A weight that is transposed and reshaped is a weight; a branch that reaches no output costs nothing."""
    x = graph.input("x", [2, 12])
    w = graph.node(
        "Reshape", [graph.node("Transpose", [graph.weight("w", 4, 6)]), graph.constant("s", np.int64([12, 2]))]
    )
    graph.node("MatMul", [x, graph.weight("dead", 12, 100)])
    network = graph.read(graph.node("MatMul", [x, w]))
    assert kinds(network) == ["matmul"]
    assert network.parameters == 24


def test_a_matmul_takes_the_constant_added_to_it_as_bias(graph):
    x = graph.input("x", [2, 5, 12])
    y = graph.node("MatMul", [x, graph.weight("w", 12, 6)], name="fc")
    network = graph.read(graph.node("Add", [graph.weight("b", 6), y]))
    assert kinds(network) == ["matmul"]
    assert [t.shape for t in network.inputs_of(network.layers[0])] == [(2, 5, 12), (12, 6), (6,)]


def test_transposes_of_size_one_axes_are_views(graph):
    x = graph.input("x", [1, 8, 1, 5])
    y = graph.node("Transpose", [x], perm=[2, 1, 0, 3])
    z = graph.node("Transpose", [x], perm=[0, 3, 2, 1])
    assert kinds(graph.read(y, z)) == ["reshape", "move"]


def test_nameless_nodes_get_unique_names(graph):
    x = graph.input("x", [4])
    for _ in range(3):
        x = graph.node("Relu", [x], name="")
    y = graph.node("Tanh", [graph.node("Tanh", [x], name="same")], name="same")
    names = [layer.name for layer in graph.read(y).layers]
    assert len(set(names)) == 5
    assert names[3:] == ["same", "same_2"]


def test_embedding_reads_its_rows(graph):
    ids = graph.input("ids", ["N", "S"], INT64)
    network = graph.read(graph.node("Gather", [graph.weight("table", 1000, 64), ids]), batch=2, params={"S": 7})
    assert kinds(network) == ["gather"]
    assert network.works[0].reads == (2 * 7 * 64, 14)
    assert network.tensors["ids"].bits == 64


def test_microsoft_domain(tmp_path):
    """Skip-normalisation and multi-head attention over 6 tokens, 2 heads of 8: 2 x 2 x 6 x 6 x 8 MACs."""
    graph = Graph(tmp_path, com_microsoft=1)
    x, skip = graph.input("x", [1, 6, 16]), graph.input("skip", [1, 6, 16])
    y = graph.node(
        "SkipLayerNormalization",
        [x, skip, graph.weight("scale", 16), graph.weight("shift", 16)],
        domain="com.microsoft",
    )
    y = graph.node("MultiHeadAttention", [y, y, y], num_heads=2, domain="com.microsoft")
    y = graph.node("FastGelu", [y, graph.weight("bias", 16)], domain="com.microsoft")
    network = graph.read(y)
    assert network.macs == 2 * 2 * 6 * 6 * 8
    assert network.tensors[network.outputs[0]].shape == (1, 6, 16)
    assert network.parameters == 48


def test_a_packed_attention_weight(tmp_path):
    graph = Graph(tmp_path, com_microsoft=1)
    weights = [graph.weight("w", 16, 48), graph.weight("b", 48)]
    y = graph.node("Attention", [graph.input("x", [1, 6, 16]), *weights], num_heads=2, domain="com.microsoft")
    assert graph.read(y).macs == 6 * 16 * 48 + 2 * 2 * 6 * 6 * 8


@pytest.mark.parametrize(
    ("auto_pad", "pads"),
    [("SAME_UPPER", ((0, 1), (1, 1))), ("SAME_LOWER", ((1, 0), (1, 1))), ("VALID", ((0, 0), (0, 0)))],
)
def test_auto_pad(graph, auto_pad, pads):
    """8 x 7 with a 3 x 3 kernel and stride 2: same padding needs 1 row in all and 2 columns."""
    y = graph.node(
        "Conv", [graph.input("x", [1, 2, 8, 7]), graph.weight("w", 3, 2, 3, 3)], strides=[2, 2], auto_pad=auto_pad
    )
    assert graph.read(y).layers[0].op.pads == pads


def test_sparse_weights_keep_their_density(graph):
    x = graph.input("x", [1, 8])
    y = graph.node("MatMul", [x, "w"])
    values = numpy_helper.from_array(np.ones(8, np.float32), "w")
    sparse = helper.make_sparse_tensor(values, numpy_helper.from_array(np.arange(8)), [8, 4])
    model = helper.make_graph(
        graph.nodes, "g", graph.inputs, [onnx.ValueInfoProto(name=y)], sparse_initializer=[sparse]
    )
    path = graph.folder / "sparse.onnx"
    onnx.save(helper.make_model(model, opset_imports=[helper.make_opsetid("", 17)]), path)
    network = read_onnx(path)
    assert network.tensors["w"].density == 8 / 32


def test_group_normalization_in_the_middle_of_a_graph(tmp_path):
    """The standard gives its output no shape rule; it is the input's."""
    nodes = [helper.make_node("GroupNormalization", ["x", "s", "b"], ["z"], num_groups=4),
             helper.make_node("Relu", ["z"], ["y"])]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "g", [value("x", TensorProto.FLOAT, [1, 16, 8, 8])], [value("y", TensorProto.FLOAT, [1, 16, 8, 8])],
        [numpy_helper.from_array(np.ones(16, np.float32), name) for name in ("s", "b")])
    path = tmp_path / "gn.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]), path)
    net = read_onnx(path)
    assert [layer.op.kind for layer in net.layers] == ["normalise", "pointwise"]
    assert net.tensors[net.outputs[0]].shape == (1, 16, 8, 8)
