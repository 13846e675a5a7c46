"""Limits that hold back how much an account can run."""
