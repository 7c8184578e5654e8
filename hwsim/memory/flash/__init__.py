"""NAND flash: descriptions by name, closed forms of its times and energies, compute inside its dies."""

from hwsim.memory.flash.closed_form import (
    erase_bytes_per_s,
    program_bytes_per_s,
    program_stream_s,
    read_bytes_per_s,
    read_latency_s,
    read_stream_s,
)
from hwsim.memory.flash.compute import ReadCompute, least_traffic_shape, read_compute
from hwsim.memory.flash.device import FlashCompute, NandFlash
from hwsim.memory.flash.load import load_flash
from hwsim.memory.flash.presets import FLASH
from hwsim.memory.flash.random_reads import random_read_bytes_per_s

__all__ = ["FLASH", "FlashCompute", "NandFlash", "ReadCompute", "erase_bytes_per_s", "least_traffic_shape", "load_flash",
           "program_bytes_per_s", "program_stream_s", "random_read_bytes_per_s", "read_bytes_per_s", "read_compute",
           "read_latency_s", "read_stream_s"]
