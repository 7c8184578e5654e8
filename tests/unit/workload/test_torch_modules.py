"""Modules of torch, exported and read: MACs and parameters against torch's own modules and hand counts."""

import pytest

torch = pytest.importorskip("torch", reason="needs hwsim[torch]")
pytest.importorskip("onnxscript", reason="needs hwsim[torch]")

from torch import nn  # noqa: E402

from hwsim.errors import ConfigError  # noqa: E402
from hwsim.workload.load import load_workload  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def randomised(module):
    """Distinct values everywhere: the exporter stores equal parameters once and drops zeros."""
    torch.manual_seed(0)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.1, 1.0)
    return module


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, 2, 8).transpose(1, 2) for z in self.qkv(x).chunk(3, -1))
        return self.out(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, d))


def test_convolutional_network():
    module = randomised(
        nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 16, 10))
    )
    module.train()
    network = load_workload(module, torch.zeros(1, 3, 8, 8), name="small")
    assert network.macs == 64 * 8 * 27 + 128 * 10
    assert network.parameters == sum(p.numel() for p in module.parameters())
    assert (network.name, network.provenance["source"], module.training) == (
        "small",
        "torch.nn.modules.container.Sequential",
        True,
    )


def test_attention_and_batch():
    """Per sequence of 5: 5 x 16 x 48 + 2 x 2 x 5 x 5 x 8 + 5 x 16 x 16."""
    module = randomised(Attention())
    network = load_workload(module, torch.zeros(1, 5, 16), batch=3, bits=8)
    assert network.macs == 3 * (5 * 16 * 48 + 2 * 2 * 25 * 8 + 5 * 256)
    assert network.parameters == sum(p.numel() for p in module.parameters())
    assert all(t.bits == 8 for t in network.tensors.values())


def test_lstm():
    module = randomised(nn.LSTM(8, 16, bidirectional=True))
    network = load_workload(module, torch.zeros(7, 2, 8))
    assert network.macs == 2 * 7 * 2 * (8 + 16) * 64
    assert network.parameters == sum(p.numel() for p in module.parameters())


def test_dynamic_shapes_in_a_file(tmp_path):
    """A file exported with symbolic batch and length, read at sizes of the reader's choice."""
    sizes = {"x": {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}}
    program = torch.onnx.export(
        randomised(Attention()).eval(), (torch.zeros(2, 6, 16),), dynamo=True, dynamic_shapes=sizes, verbose=False
    )
    program.save(str(tmp_path / "a.onnx"))
    network = load_workload(tmp_path / "a.onnx", batch=3, params={"length": 5})
    assert network.macs == 3 * (5 * 16 * 48 + 2 * 2 * 25 * 8 + 5 * 256)


def test_what_torch_cannot_export():
    class Stubborn(nn.Module):
        def forward(self, x):
            raise RuntimeError("no")

    with pytest.raises(ConfigError, match="torch cannot export the module"):
        load_workload(Stubborn(), torch.zeros(1))
    with pytest.raises(ConfigError, match="needs example_input"):
        load_workload(Attention())
