"""Rules about AWS Private Certificate Authority."""
