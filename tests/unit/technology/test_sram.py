"""SRAM: the shape of the fit, its continuation, and published points that took no part in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.technology import (
    delay_scale,
    is_extrapolated,
    sram_access_s,
    sram_area_mm2,
    sram_leakage_w,
    sram_read_energy_j,
    sram_write_energy_j,
)
from hwsim.technology.sram_table import BANKS, CAPACITIES_BYTES, CELLS, FILE, NODES_NM, QUANTITIES, WORDS_BITS

COSTS = (sram_read_energy_j, sram_write_energy_j, sram_area_mm2, sram_leakage_w, sram_access_s)
ENERGIES = (sram_read_energy_j, sram_write_energy_j)
CAPACITY = st.floats(64, 2**30)
WORD = st.floats(8, 8192)
NODES = st.floats(5, 90)
MANY = st.floats(1, 64)
CELL = st.sampled_from(CELLS)


def test_the_file_lists_the_grid_in_order():
    lines = FILE.read_text(encoding="utf-8").splitlines()
    assert lines[1].split(",")[5:] == [str(capacity) for capacity in CAPACITIES_BYTES]
    places = [line.split(",")[:5] for line in lines[2:]]
    assert places == [[quantity, cell, str(node), str(banks), str(word)] for quantity in QUANTITIES for cell in CELLS
                      for node in NODES_NM for banks in BANKS for word in WORDS_BITS]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("cost", COSTS)
def test_capacity_costs_everywhere_on_a_dense_grid(cost, cell):
    capacity = np.geomspace(64, 2**30, 500)
    word = np.array([8, 32, 40, 64, 100, 128, 200, 256, 400, 512, 2048])[:, None]
    node = np.array([5, 7, 10, 16, 22, 28, 32, 40, 45, 50, 65, 75, 90])[:, None, None]
    banks = np.array([1, 2, 3, 4, 6, 8, 16])[:, None, None, None]
    values = cost(capacity, word, node, banks, cell=cell)
    assert values.shape == (7, 13, 11, 500)
    assert np.all(values > 0)
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("cost", COSTS)
@given(capacity=CAPACITY, word=WORD, node=NODES, banks=MANY, cell=CELL, factor=st.floats(1.0001, 64))
def test_capacity_costs(cost, capacity, word, node, banks, cell, factor):
    assert cost(capacity * factor, word, node, banks, cell=cell) > cost(capacity, word, node, banks, cell=cell) > 0


@pytest.mark.parametrize("cost", ENERGIES)
@given(capacity=CAPACITY, word=WORD, node=NODES, banks=MANY, cell=CELL, factor=st.floats(1.0001, 64))
def test_a_wider_word_costs_energy(cost, capacity, word, node, banks, cell, factor):
    # not area nor leakage: CACTI's arrays of wide words are sometimes better proportioned
    assert cost(capacity, word * factor, node, banks, cell=cell) > cost(capacity, word, node, banks, cell=cell)


@pytest.mark.parametrize("cost", [*ENERGIES, sram_area_mm2, sram_access_s])
@given(capacity=CAPACITY, word=WORD, node=NODES, banks=MANY, cell=CELL, factor=st.floats(1.0001, 4))
def test_an_older_node_costs_more(cost, capacity, word, node, banks, cell, factor):
    # not leakage: CACTI's 90 nm low-standby-power cell leaks less than its 65 nm one
    older = cost(capacity, word, min(node * factor, 90), banks, cell=cell)
    assert older >= cost(capacity, word, node, banks, cell=cell) * (1 - 1e-12)


@pytest.mark.parametrize("cost", COSTS)
def test_between_two_points_of_the_table_by_hand(cost):
    # a straight line in the logarithms: half way is the geometric mean of the ends, and of the four corners
    half_way = cost(2**15.5, 64, 45)
    assert half_way == pytest.approx(np.sqrt(cost(2**15, 64, 45) * cost(2**16, 64, 45)), rel=1e-12)
    corners = cost(2**20, np.array([64, 64, 128, 128]), np.array([32, 45, 32, 45]), 4, cell="itrs-hp")
    middle = cost(2**20, np.sqrt(64 * 128), np.sqrt(32 * 45), 4, cell="itrs-hp")
    assert middle == pytest.approx(np.prod(corners)**0.25, rel=1e-12)


@pytest.mark.parametrize(("cost", "small", "large", "narrow", "wide"), [
    (sram_read_energy_j, 0.67, 0.49, 0.47, 0.78), (sram_write_energy_j, 0.39, 0.51, 0.65, 1.00),
    (sram_leakage_w, 1.01, 1.00, -0.02, 0.00), (sram_area_mm2, 0.96, 0.97, 0.02, 0.11),
    (sram_access_s, 0.14, 0.41, -0.02, 0.04),
])
def test_beyond_the_table_the_declared_powers(cost, small, large, narrow, wide):
    assert cost(256, 64, 45) == pytest.approx(cost(1024, 64, 45) / 4**small)
    assert cost(2**29, 64, 45) == pytest.approx(cost(2**25, 64, 45) * 16**large)
    assert cost(2**20, 8, 45) == pytest.approx(cost(2**20, 32, 45) / 4**narrow)
    assert cost(2**20, 8192, 45) == pytest.approx(cost(2**20, 512, 45) * 16**wide)
    assert cost(2**20, 64, 45, 64) == cost(2**20, 64, 45, 8)


@given(capacity=CAPACITY, word=WORD, node=st.lists(NODES, min_size=3, max_size=3), banks=MANY, cell=CELL)
def test_one_of_many_is_the_one_alone(capacity, word, node, banks, cell):
    capacities, words = capacity * np.array([1, 1.7, 0.9]), word * np.array([1, 1.3, 0.4])
    for cost in COSTS:
        together = cost(capacities, words, node, banks, cell=cell)
        for i in range(3):
            assert together[i] == cost(capacities[i], words[i], node[i], banks, cell=cell)
            assert cost(capacities, words[i], node, banks, cell=cell)[i] == together[i]
            assert cost(capacities[i], words, node[i], banks, cell=cell)[i] == together[i]


def test_an_unknown_cell_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'itrs-lstp'"):
        sram_area_mm2(1024, 64, 45, cell="itrs_lstp")


@given(capacity=CAPACITY, word=WORD)
def test_no_step_where_extrapolation_begins(capacity, word):
    for cost in COSTS:
        assert cost(capacity, word, 22 - 1e-9) == pytest.approx(cost(capacity, word, 22))


def test_below_22_nm_by_hand():
    # 7 nm: bit cell 0.027 against 146 x 0.022^2 = 0.070664 um2, supply 0.75 against 0.80 V
    ratio = 0.027 / 0.070664
    assert sram_area_mm2(2**20, 64, 7) == pytest.approx(ratio * sram_area_mm2(2**20, 64, 22))
    energy = np.sqrt(ratio) * (0.75 / 0.80) ** 2
    for cost in ENERGIES:
        assert cost(2**20, 64, 7) == pytest.approx(energy * cost(2**20, 64, 22))
    assert sram_leakage_w(2**20, 64, 7) == pytest.approx(sram_leakage_w(2**20, 64, 22))
    assert sram_access_s(2**20, 64, 7) == pytest.approx(np.sqrt(delay_scale(22, 7)) * sram_access_s(2**20, 64, 22))


def test_which_nodes_are_extrapolated():
    assert [node for node in (65, 45, 28, 22, 16, 7, 5) if is_extrapolated(node)] == [16, 7, 5]


def test_arrays_broadcast():
    assert sram_read_energy_j(np.array([1024, 2048]), 64, np.array([[45], [7]]), banks=4).shape == (2, 2)
    assert isinstance(sram_read_energy_j(1024, 64, 45), float)


def _beyond(ratio: float, why: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(reason=f"ours is {ratio} of the published value: {why}", strict=True)


# Published points that took no part in the fit. The bar, a factor of two, is what an architect expects of such a model;
# where it is missed the test says so and fails the day it is met.
@pytest.mark.parametrize(("capacity_kib", "node_nm", "published_pj"), [
    (8, 45, 10), (32, 45, 20), (1024, 45, 100),  # Horowitz, ISSCC 2014, 64-bit read of a cache
    pytest.param(8, 40, 14, marks=_beyond(0.37, "Keckler et al., IEEE Micro 2011")),
    pytest.param(8, 10, 2.4, marks=_beyond(0.49, "Keckler et al., a projection")),
    pytest.param(8, 7, 7.5, marks=_beyond(0.12, "Jouppi et al., ISCA 2021")),
    pytest.param(32, 7, 8.5, marks=_beyond(0.23, "Jouppi et al., ISCA 2021")),
    (1024, 7, 14),  # Jouppi et al., ISCA 2021, table 2
])
def test_published_64_bit_reads_within_a_factor_of_two(capacity_kib, node_nm, published_pj):
    ours_pj = sram_read_energy_j(capacity_kib * 1024, 64, node_nm) * 1e12
    assert published_pj / 2 <= ours_pj <= published_pj * 2


def test_density_at_5_nm_within_a_factor_of_two_of_the_foundry_s():
    # TSMC, IEDM 2022 as reported: about 31.8 Mibit/mm2 with the 0.021 um2 bit cell
    density_mibit_mm2 = 256 / sram_area_mm2(2**25, 64, 5)
    assert 31.8 / 2 <= density_mibit_mm2 <= 31.8 * 2


@pytest.mark.xfail(reason="ours is 0.29 of the share of the largest die, taken as one memory of 64-bit words", strict=True)
def test_unified_buffer_of_tpu_v1_within_a_factor_of_two():
    # Jouppi et al., ISCA 2017: 24 MiB take 29 % of a die of at most 331 mm2, 28 nm
    published_mm2 = 0.29 * 331
    assert published_mm2 / 2 <= sram_area_mm2(24 * 2**20, 64, 28) <= published_mm2 * 2
