"""DRAM: standards and their presets, a closed form, a burst-level model, energy."""
