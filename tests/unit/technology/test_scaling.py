"""Node scaling against hand calculation from the published tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.technology import area_scale, delay_scale, energy_scale

NODES = st.floats(5, 90)


def test_energy_by_hand_from_45_to_7_nm():
    # Stillmaker and Baas 2017: 45 nm at 1.0 V, 1.018 - 0.3107 + 0.1539 = 0.8612;
    # 7 nm at 0.7 V, 0.1776 x 0.49 - 0.09097 x 0.7 + 0.02447 = 0.047815
    assert energy_scale(45, 7) == pytest.approx(0.047815 / 0.8612, rel=1e-4)


def test_energy_polynomials_give_the_corrigendum_s_worked_example():
    # Corrigendum of the paper: 32 nm at 0.9 V is 0.4571. With 65 nm at 1.1 V:
    # 3.755 x 1.21 - 4.398 x 1.1 + 1.975 = 1.68075
    assert energy_scale(65, 32) == pytest.approx(0.4571 / 1.68075, rel=1e-3)


def test_delay_by_hand_from_45_to_32_nm():
    # 45 nm at 1.0 V: -501.6 + 1567 - 1619 + 566.1 = 12.5; 32 nm at 0.9 V: -1047 x 0.729 + 2982 x 0.81 - 2797 x 0.9
    # + 873.5 = 8.357
    assert delay_scale(45, 32) == pytest.approx(8.357 / 12.5, rel=1e-4)


@pytest.mark.parametrize(("from_nm", "to_nm", "printed"), [
    (65, 45, 0.66), (65, 32, 0.31), (65, 16, 0.13), (65, 7, 0.039), (90, 45, 0.35), (32, 16, 0.41), (32, 7, 0.13),
    (16, 10, 0.54), (16, 7, 0.31), (14, 7, 0.34), (10, 7, 0.58)])
def test_area_agrees_with_the_other_rows_of_the_printed_table(from_nm, to_nm, printed):
    # The code holds the row of 45 nm only; the paper prints every pair with two digits, so quotients of two entries
    # may differ by 0.5 units of the last digit of each: at most 5 %.
    assert area_scale(from_nm, to_nm) == pytest.approx(printed, rel=0.05)


def test_interpolated_28_nm_by_hand():
    # ln(32/28) / ln(32/20) = 0.2841 of the way from 32 nm (0.46) to 20 nm (0.21): 0.46 x (0.21/0.46)^0.2841 = 0.3681
    assert area_scale(45, 28) == pytest.approx(0.3681, rel=1e-3)


def test_5_nm_is_the_foundry_s_ratio_to_7_nm():
    assert energy_scale(7, 5) == pytest.approx(0.70)
    assert area_scale(7, 5) == pytest.approx(1 / 1.84)
    assert delay_scale(7, 5) == pytest.approx(1 / 1.15)


@pytest.mark.parametrize("scale", [energy_scale, area_scale, delay_scale])
@given(a=NODES, b=NODES, c=NODES)
def test_scaling_is_transitive_and_shrinks_with_the_node(scale, a, b, c):
    assert scale(a, b) * scale(b, c) == pytest.approx(scale(a, c))
    assert scale(max(a, b), min(a, b)) <= 1 + 1e-12


def test_arrays_broadcast():
    assert area_scale(45, np.array([[45.0], [7.0]])).shape == (2, 1)
    assert area_scale(np.array([45, 65]), np.array([[45], [7]])).shape == (2, 2)


@pytest.mark.parametrize("node", [3, 130, float("nan"), [45, 3]])
def test_a_node_without_data_is_refused(node):
    with pytest.raises(ConfigError, match="5 to 90 nm"):
        energy_scale(45, node)
