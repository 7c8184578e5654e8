"""Run-length compression of feature maps on the way to and from DRAM.

The format of Eyeriss (JSSC 2017, Fig. 8): a pair is a run of zeros (5 bits) and the value behind it, the level (16 bits); three
pairs and a flag bit make a word of 64 bits. A run longer than 31 goes on in the next pair: its level is then itself a zero.
"""

from __future__ import annotations

from hwsim.errors import ConfigError, Fault

RUN_BITS = 5
PAIRS_IN_WORD, WORD_BITS = 3, 64
VALUES_OF_LONGEST_PAIR = 2**RUN_BITS  # 31 zeros and a level


def compressed_share(zero_fraction: float, level_bits: int = 16) -> float:
    """Return compressed bits over plain bits; above 1 where there are too few zeros to pay for the runs.

    A pair ends at the first value that is not zero, or after ``VALUES_OF_LONGEST_PAIR`` values; so it covers
    (1 - z^32) / (1 - z) values in the mean.

    Notes
    -----
    Assumes zeros that fall independently, and 16-bit levels (other widths: the same three pairs in a word that is as much
    wider).

    Raises
    ------
    ConfigError
        A fraction outside 0 to 1.
    """
    z = zero_fraction
    if not 0 <= z <= 1:
        raise ConfigError(Fault("a fraction of zeros", path="zero_fraction", value=str(z), allowed="0 to 1"))
    pairs_per_value = 1 / VALUES_OF_LONGEST_PAIR if z == 1 else (1 - z) / (1 - z**VALUES_OF_LONGEST_PAIR)
    bits_of_pair = level_bits + WORD_BITS / PAIRS_IN_WORD - 16
    return float(pairs_per_value * bits_of_pair / level_bits)


def stored_share(zero_fraction: float, level_bits: int = 16) -> float:
    """Return the share of its plain size that a map takes in DRAM: compressed, or plain where that is smaller.

    Eyeriss keeps the input image plain and compresses every other map; here the map's own zeros decide (assumed).
    """
    return min(1.0, compressed_share(zero_fraction, level_bits))
