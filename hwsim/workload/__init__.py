"""Workloads: what is executed."""
