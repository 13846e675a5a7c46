"""The stacks, one construct to a module."""
