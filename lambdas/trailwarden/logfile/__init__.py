"""Bytes of a file to records."""
