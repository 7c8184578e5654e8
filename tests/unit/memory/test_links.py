"""Links: published rates by arithmetic, packets by hand; mesh and ring against walks over every link and step."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.links import LINKS, Link, Mesh, all_gather_s, all_reduce_j, all_reduce_s, reduce_scatter_s
from hwsim.technology import noc_hop_energy_j_per_byte, offchip_energy_j_per_byte

LINK = Link(name="by hand", bandwidth_bytes_per_s=1e9, latency_s=1e-6, j_per_bit=1e-12, payload_bytes=100, overhead_bytes=10)


@pytest.mark.parametrize(("name", "gb_s"), [
    ("pcie3_x8", 62.96 / 8),  # Neugebauer et al., SIGCOMM 2018: 62.96 Gb/s
    ("pcie4_x16", 31.5), ("pcie5_x16", 63.0), ("pcie6_x16", 118.0),  # the last as 236 of 256 bytes of 128 GB/s
    ("ucie_standard_32", 64.0), ("ucie_advanced_32", 256.0), ("ucie_advanced_4", 32.0),  # lanes x GT/s / 8
    ("nvlink3", 300.0), ("nvlink4", 450.0), ("nvlink5", 900.0),  # half of 600, 900, 1800 GB/s both ways
    ("upi_10.4", 20.8), ("nvlink_c2c", 450.0),
])
def test_published_rates(name, gb_s):
    assert LINKS[name].bandwidth_bytes_per_s / 1e9 == pytest.approx(gb_s, rel=1.5e-3)


def test_pcie_payload():
    """256 of 280 bytes: 91.4 %."""
    link = LINKS["pcie4_x16"]
    assert link.payload_bytes_per_s / link.bandwidth_bytes_per_s == pytest.approx(0.914, abs=0.0005)
    assert link.wire_bytes([1, 256, 257]).tolist() == [25, 280, 305]


def test_energy_of_links_and_of_memory_types_agree():
    for name, kind in (("pcie3_x4", "pcie3"), ("pcie5_x16", "pcie5"), ("nvlink4", "nvlink"), ("nvlink_c2c", "nvlink_c2c")):
        assert 8 * LINKS[name].j_per_bit == pytest.approx(offchip_energy_j_per_byte(kind))
    assert LINKS["ucie_standard_16"].j_per_bit == 0.5e-12
    assert LINKS["ucie_standard_24"].j_per_bit == 0.6e-12


def test_a_transfer_by_hand():
    """250 bytes are three packets, 280 bytes on the wire: 1 us and 280 ns, 2240 bits of 1 pJ."""
    assert LINK.transfer_s(250) == pytest.approx(1.28e-6)
    assert LINK.transfer_j(250) == pytest.approx(2240e-12)
    assert LINK.transfer_s([0, 100]).tolist() == pytest.approx([0, 1.11e-6])


def test_every_link_carries_more_in_more_time():
    sizes = np.array([0, 1, 64, 1000, 4096, 1e6])
    for name in LINKS:
        link = LINKS[name]
        assert link.name == name
        assert link.source
        seconds, joules = link.transfer_s(sizes), link.transfer_j(sizes)
        assert (np.diff(seconds) > 0).all()
        assert (np.diff(joules) > 0).all()
        assert 1e9 / (link.transfer_s(1e9) - link.latency_s) == pytest.approx(link.payload_bytes_per_s, rel=1e-6)


@pytest.mark.parametrize(("fields", "message"), [
    ({"bandwidth_bytes_per_s": 0.0}, "bandwidth_bytes_per_s: out of range"),
    ({"latency_s": -1.0}, "latency_s: out of range"),
    ({"payload_bytes": 0}, "payload_bytes: overhead needs packets"),
    ({"assumed": ("latency",)}, "assumed.0: no such field .* did you mean 'latency_s'"),
    ({"j_per_bit": "1 pJ"}, "j_per_bit: not a finite number"),
])
def test_wrong_links(fields, message):
    good = {"name": "x", "bandwidth_bytes_per_s": 1e9, "latency_s": 1e-6, "j_per_bit": 1e-12, "payload_bytes": 100,
            "overhead_bytes": 10}
    with pytest.raises(ConfigError, match=message):
        Link(**(good | fields))


def test_unknown_link_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'pcie4_x16'"):
        LINKS["pcie4x16"]


# --- mesh

def mesh(cols, rows, **fields):
    return Mesh(**({"cols": cols, "rows": rows, "link_bits": 128, "clock_hz": 1e9} | fields))


def walk(cols, source, target):
    """Return the links of the route along x, then y, as pairs of nodes."""
    x, y = source % cols, source // cols
    to_x, to_y = target % cols, target // cols
    nodes = [source]
    while (x, y) != (to_x, to_y):
        if x != to_x:
            x += 1 if to_x > x else -1
        else:
            y += 1 if to_y > y else -1
        nodes.append(y * cols + x)
    return list(pairwise(nodes))


SHAPES = [(1, 1), (1, 5), (4, 1), (3, 3), (4, 3), (5, 4)]


@pytest.mark.parametrize(("cols", "rows"), SHAPES)
def test_hops_are_those_of_a_walk(cols, rows):
    chip = mesh(cols, rows)
    pairs = list(product(range(cols * rows), repeat=2))
    walked = [len(walk(cols, *pair)) for pair in pairs]
    assert chip.hops(*np.array(pairs).T).tolist() == walked
    others = [hops for (a, b), hops in zip(pairs, walked, strict=True) if a != b]
    assert chip.mean_hops == pytest.approx(np.mean(others) if others else 0)


@pytest.mark.parametrize(("cols", "rows"), [(2, 1), (2, 2), (4, 2), (2, 4), (4, 3), (4, 4)])
def test_bisection_is_the_least_cut_into_halves(cols, rows):
    """Every way to halve the nodes, links between the halves counted."""
    nodes = range(cols * rows)
    links = [(a, b) for a in nodes for b in nodes if a < b and len(walk(cols, a, b)) == 1]
    cuts = (sum((a in half) != (b in half) for a, b in links) for half in map(set, combinations(nodes, len(nodes) // 2)))
    assert mesh(cols, rows).bisection_bytes_per_s == min(cuts) * 16e9


@pytest.mark.parametrize("seed", range(20))
def test_multicast_tree_is_the_union_of_the_walks(seed):
    rng = np.random.default_rng(seed)
    cols, rows = int(rng.integers(1, 7)), int(rng.integers(1, 7))
    source = int(rng.integers(cols * rows))
    targets = rng.integers(0, cols * rows, rng.integers(1, 8)).tolist()
    tree = {link for target in targets for link in walk(cols, source, target)}
    assert mesh(cols, rows).multicast_hops(source, targets) == len(tree)


def test_messages_by_hand():
    """100 bytes are 7 flits of 128 bits; the head takes 2 cycles a hop; energy from the wires and routers."""
    chip = mesh(4, 4, hop_cycles=2, hop_mm=0.5, node_nm=28)
    assert chip.transfer_s(100, 3) == pytest.approx((6 + 7) * 1e-9)
    assert chip.transfer_s(0, 3) == 0
    assert chip.transfer_j(100, 3) == pytest.approx(300 * float(noc_hop_energy_j_per_byte(28, 0.5)))


def test_wrong_meshes():
    with pytest.raises(ConfigError) as caught:
        mesh(0, 2.5, node_nm=3)
    assert [fault.path for fault in caught.value.faults] == ["cols", "rows", "node_nm"]
    with pytest.raises(ConfigError, match="no such node"):
        mesh(2, 2).hops(0, 4)


# --- rings

@pytest.mark.parametrize("members", [1, 2, 3, 5, 8])
def test_ring_all_reduce_step_by_step(members):
    """Real numbers go round: every member ends with the sum of all; time and bytes are counted at every step."""
    rng = np.random.default_rng(members)
    parts = members
    data = rng.integers(0, 100, (members, parts)).astype(float)
    total = data.sum(axis=0)
    part_bytes = 1000
    moved_bytes = part_bytes * parts
    seconds = joules = 0.0
    scattered_s = 0.0
    for step in range(2 * (members - 1)):
        sent = [(member, (member - step) % parts, data[member, (member - step) % parts]) for member in range(members)]
        for member, part, value in sent:
            after = (member + 1) % members
            data[after, part] = data[after, part] + value if step < members - 1 else value
            joules += float(LINK.transfer_j(part_bytes))
        seconds += 1e-6 + (part_bytes + 10 * 10) / 1e9  # ten packets of 100 bytes with ten more each
        if step == members - 2:
            scattered_s = seconds
            assert [data[member, (member + 1) % parts] for member in range(members)] == [
                total[(member + 1) % parts] for member in range(members)]
    assert (data == total).all()
    assert all_reduce_s(LINK, moved_bytes, members) == pytest.approx(seconds)
    assert reduce_scatter_s(LINK, moved_bytes, members) == pytest.approx(scattered_s)
    assert all_gather_s(LINK, moved_bytes, members) == pytest.approx(seconds - scattered_s)
    assert all_reduce_j(LINK, moved_bytes, members) == pytest.approx(joules)


def test_a_ring_needs_members():
    with pytest.raises(ConfigError, match="at least one member"):
        all_reduce_s(LINK, 100, 0)
