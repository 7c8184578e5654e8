"""Operators one after the other whose intermediates stay on chip: which ones, where, whole or in tiles."""
