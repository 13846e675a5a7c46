"""Tells, from the source of a module, which fields of a record it reads."""
