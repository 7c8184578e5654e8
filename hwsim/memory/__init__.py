"""Memories that behave like memories: time and energy of a transfer through SRAM, DRAM, flash and links."""
