"""The port's times by hand, cycle for cycle, and laws that hold in every state."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.port_kernel import serve_chunk
from hwsim.memory.dram.presets import dram_device

DDR4 = dram_device("DDR4-3200 x8")  # 22-22-22, BL 4, CCD 4/8, RRD 4/8, FAW 34, RAS 52, RC 74, tCK 625 ps
CK = 625
ROW = 8192  # RoBaRaCoCh: consecutive rows of 8 KiB lie in consecutive bank groups, then banks
NEXT_ROW = 16 * ROW
LINE = 64


class Session:
    """One port from its fresh state on; times in clock cycles."""

    def __init__(self, port):
        self.port = port
        self.constants, self.state = port.state()

    def serve(self, now, address, size=LINE, *, write=0, run=0, pitch=0):
        room, end = serve_chunk(self.constants, self.state, now * CK, address, 0, size, run, pitch, write)
        assert end % CK == 0
        return room / CK, end // CK


@pytest.fixture
def ddr4():
    return Session(DramPort(DDR4, "RoBaRaCoCh"))


def test_latency_of_a_closed_bank_an_open_row_and_a_conflict(ddr4):
    assert ddr4.serve(0, 0)[1] == 22 + 22 + 4
    assert ddr4.serve(1000, LINE)[1] == 1000 + 22 + 4
    assert ddr4.serve(2000, NEXT_ROW)[1] == 2000 + 22 + 22 + 22 + 4


def test_a_row_is_kept_open_for_tras_and_a_bank_for_trc(ddr4):
    ddr4.serve(0, 0)
    assert ddr4.serve(1, NEXT_ROW)[1] == 74 + 22 + 26  # activate at tRC = tRAS + tRP


def test_activates_keep_their_distance_and_four_fit_a_window(ddr4):
    ends = [ddr4.serve(0, bank * ROW)[1] for bank in range(5)]
    assert ends == [act + 48 for act in (0, 4, 8, 12, 34)]  # tRRD_S, then tFAW; the fifth is in the first bank group again


def test_activates_of_one_bank_group_are_further_apart(ddr4):
    assert [ddr4.serve(0, bank * 4 * ROW)[1] for bank in range(3)] == [48, 56, 64]  # tRRD_L = 8


def test_columns_of_one_bank_group_leave_room_for_another(ddr4):
    assert ddr4.serve(0, 0, 4 * LINE)[1] == 48 + 3 * 8  # tCCD_L
    assert ddr4.serve(0, ROW)[1] == 4 + 48  # activated a tRRD_S later, its burst goes between the first two


def test_turnarounds(ddr4):
    ddr4.serve(0, 0)  # opens two rows
    ddr4.serve(0, ROW)
    _, end = ddr4.serve(1000, 0, write=1)
    assert end == 1000 + 16 + 4  # column command at 1000
    assert ddr4.serve(1000, ROW)[1] == end + 4 + 26  # tWTR_S from the end of the data, then a read
    ddr4.serve(2000, 0, write=1)
    assert ddr4.serve(2000, 0)[1] == 2000 + 20 + 12 + 26  # tWTR_L
    ddr4.serve(3000, 0)
    assert ddr4.serve(3000, ROW, write=1)[1] == 3000 + (22 + 4 + 2 - 16) + 20  # two cycles between the data


def test_a_written_row_closes_after_the_write_recovery(ddr4):
    ddr4.serve(0, 0, write=1)  # activate 0, column 22, data to 42, precharge not before 42 + 24
    assert ddr4.serve(0, NEXT_ROW, write=1)[1] == 66 + 22 + 22 + 20


def test_a_refresh_closes_all_rows(ddr4):
    ddr4.serve(0, 0)
    assert ddr4.serve(12480 - 23, 0)[1] == 12480 + 3  # its column command is before the refresh
    assert ddr4.serve(12480, 0)[1] == 12480 + 22 + 576 + 48
    assert ddr4.serve(12480 + 2000, 0)[1] == 12480 + 2026


def test_the_queue_takes_32_bursts(ddr4):
    ddr4.serve(0, 0)
    assert ddr4.serve(1000, LINE, 31 * LINE)[0] == 1000
    room, _ = ddr4.serve(1000, 32 * LINE)
    assert room == 1000  # 32 wait, the first of them leaves at once
    room, _ = ddr4.serve(1000, 33 * LINE)
    assert room == 1008


def test_runs_at_a_pitch_are_the_lines_one_by_one():
    tiles, lines = (Session(DramPort(DDR4, "MOP4CLXOR", channels=3)) for _ in range(2))
    _, together = tiles.serve(0, 4096, 20 * 128, run=128, pitch=1 << 14)
    one_by_one = max(lines.serve(0, 4096 + (i << 14), 128)[1] for i in range(20))
    assert together == one_by_one


def test_lines_rotate_over_channels():
    session = Session(DramPort(DDR4, "RoBaRaCoCh", channels=4))
    assert session.serve(0, 0, 4 * LINE)[1] == 48  # one closed bank in each channel
    assert session.serve(1000, 4 * LINE, 4 * LINE)[1] == 1000 + 26  # the next line of each is in the same row


DEVICES = ("DDR4-3200 x8", "DDR5-4800 x8", "LPDDR5-6400 x16", "HBM2-2000 2pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
ports = st.builds(DramPort, st.sampled_from([dram_device(name) for name in DEVICES]),
                  st.sampled_from(["RoBaRaCoCh", "MOP4CLXOR"]), st.integers(1, 3))
requests = st.tuples(st.integers(0, 200), st.integers(0, 1 << 24), st.integers(1, 40), st.integers(0, 1))


@settings(max_examples=200, deadline=None)
@given(ports, st.lists(requests, max_size=20), requests)
def test_no_state_beats_the_least_time(port, before, last):
    constants, state = port.state()
    now, burst = 0, port.device.organisation.transaction_bytes
    for wait, line, bursts, write in (*before, last):
        now += wait * 1000
        size = bursts * burst
        room, end = serve_chunk(constants, state, now, line * 64, 0, size, 0, 0, write)
        assert end - now >= port.least_ps(size, bool(write)) >= port.bus_ps(size)
        assert now <= room < end
        now = room


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("write", [0, 1])
def test_the_least_time_is_met_in_the_best_state(name, write):
    port = DramPort(dram_device(name), "MOP4CLXOR")
    burst = port.device.organisation.transaction_bytes
    constants, state = port.state()
    serve_chunk(constants, state, 0, 0, 0, 4 * burst, 0, 0, write)  # opens the rows
    for count in (1, 2):
        now = 800_000 * count  # before the first refresh
        _, end = serve_chunk(constants, state, now, 0, 0, count * burst, 0, 0, write)
        assert end - now == port.least_ps(count * burst, bool(write))


@settings(max_examples=50, deadline=None)
@given(ports.filter(lambda port: port.channels == 1), st.integers(0, 1 << 20),
       st.lists(st.integers(1, 60), min_size=2, max_size=6), st.integers(0, 1),
       st.sampled_from([0, 64, 4096]))
def test_a_task_in_chunks_ends_when_it_ends_in_one(port, line, counts, write, run):
    burst = port.device.organisation.transaction_bytes
    whole, parts = port.state(), port.state()
    total = sum(counts) * burst
    expected = serve_chunk(*whole, 0, line * 64, 0, total, run, 1 << 16, write)
    now = offset = end = 0
    for count in counts:
        now, last = serve_chunk(*parts, now, line * 64, offset, count * burst, run, 1 << 16, write)
        offset, end = offset + count * burst, max(end, last)
    assert (now, end) == expected


def test_faults_of_a_port_are_listed_together():
    with pytest.raises(ConfigError, match=r"(?s)channels.*interleave_bytes"):
        DramPort(DDR4, "RoBaRaCoCh", channels=0, interleave_bytes=100)
    with pytest.raises(ConfigError, match="RoBaRaCoCh"):
        DramPort(DDR4, "RoBaRaCo")
