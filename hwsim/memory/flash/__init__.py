"""NAND flash: descriptions by name, closed forms of its times and energies, compute inside its dies."""
