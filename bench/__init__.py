"""Benchmarks: what they measure is in each module's first lines."""
