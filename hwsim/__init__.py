"""hwsim: simulate and explore dataflow accelerators."""
