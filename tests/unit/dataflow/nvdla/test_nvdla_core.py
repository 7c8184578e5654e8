"""Cores that cannot be."""

import pytest

from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import ConfigError


def test_the_default_is_nv_large():
    # spec/defs/nv_large.spec: 64 x 32 MACs, 16 banks x 64 bytes x 512 entries
    core = ConvolutionCore()
    assert (core.macs, core.entry_bytes, core.cbuf_bank_bytes // core.entry_bytes) == (2048, 64, 512)
    assert core.cbuf_banks * core.cbuf_bank_bytes == 512 * 1024


@pytest.mark.parametrize(("change", "message"), [
    ({"atomic_c": 0, "cbuf_banks": -1}, r"2 faults:\n  atomic_c: .*\(got 0\).*\n  cbuf_banks: .*\(got -1\)"),
    ({"atomic_k": 1.5}, r"atomic_k: .*\(got 1.5\)"),
    ({"strided": "sparse"}, r"strided: unknown convention \(got sparse\); allowed: extended, native"),
    ({"bits": 4}, r"bits: .*\(got 4\); allowed: 8, 16"),
    ({"cbuf_banks": 1}, r"cbuf_banks: feature data and weights need a bank each \(got 1\); allowed: >= 2"),
    ({"cbuf_bank_bytes": 1024}, r"entries of 64 bytes, at least one for each of the 32 kernels .*\(got 1024\).*>= 2048"),
    ({"cbuf_bank_bytes": 4000}, r"cbuf_bank_bytes: .*\(got 4000\); allowed: a multiple of 64"),
    ({"memory_atom_bytes": 48}, r"memory_atom_bytes: .*\(got 48\); allowed: a divisor of 64"),
])
def test_faults_have_the_numbers(change, message):
    with pytest.raises(ConfigError, match=message):
        ConvolutionCore(**change)
