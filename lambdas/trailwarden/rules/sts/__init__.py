"""Temporary credentials, and the roles that people and workloads assume."""
