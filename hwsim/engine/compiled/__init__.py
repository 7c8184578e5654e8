"""The compiled engine: one numba loop over arrays, and a file for each thing it does."""
