"""Shares of zeros given to the tensors of a network."""

import pytest

from hwsim.errors import ConfigError
from hwsim.workload.load import load_workload


def test_densities_of_named_tensors():
    net = load_workload("alexnet")
    sparse = net.with_densities({"conv2.relu.out": 0.25})
    assert [name for name, t in sparse.tensors.items() if t.density != 1] == ["conv2.relu.out"]
    assert sparse.content_hash != net.content_hash
    with pytest.raises(ConfigError) as error:
        net.with_densities({"conv2.rel.out": 0.5, "conv1.out": 1.5})
    assert [fault.nearest for fault in error.value.faults] == ["conv2.relu.out", None]
