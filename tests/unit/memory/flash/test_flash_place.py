"""Pages and their places."""

from itertools import product

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import NandFlash
from hwsim.memory.flash.place import ORDERS, places

FLASH = NandFlash(
    name="small", source="by hand", cell="slc", channels=3, chips_per_channel=2, dies_per_chip=2, planes_per_die=4,
    blocks_per_plane=2, pages_per_block=5, page_bytes=512, read_s=(25e-6,), program_s=(2e-4,), erase_s=2e-3, channel_mt_s=400.0,
    read_j_per_page=1e-6, program_j_per_page=1e-5, erase_j_per_block=1e-4, channel_j_per_byte=4e-11)


@pytest.mark.parametrize("order", ORDERS)
def test_every_page_has_a_place_of_its_own(order):
    """Nested loops, the last letter outermost, against the arithmetic."""
    sizes = {"C": FLASH.channels, "W": FLASH.chips_per_channel, "D": FLASH.dies_per_chip, "P": FLASH.planes_per_die}
    at = places(FLASH, np.arange(FLASH.pages), order)
    found = list(zip(at.channel, at.chip, at.die, at.plane, at.block, at.page, strict=True))
    walked = []
    for block, page in product(range(FLASH.blocks_per_plane), range(FLASH.pages_per_block)):
        for digits in product(*(range(sizes[letter]) for letter in reversed(order))):
            where = dict(zip(reversed(order), digits, strict=True))
            walked.append((where["C"], where["W"], where["D"], where["P"], block, page))
    assert found == walked


def test_refused():
    with pytest.raises(ConfigError) as caught:
        places(FLASH, [0, FLASH.pages], "CWPD ")
    assert [fault.path for fault in caught.value.faults] == ["order", "page"]
    with pytest.raises(ConfigError, match="did you mean 'CWDP'"):
        places(FLASH, [0], "cCWDP")
    with pytest.raises(ConfigError, match="page outside the capacity"):
        places(FLASH, [-1])
