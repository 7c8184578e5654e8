"""Descriptions of accelerators: typed sections, loader, overrides."""
