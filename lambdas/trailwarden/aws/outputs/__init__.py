"""Sends alerts to machines: one module for each way that an output goes out."""
