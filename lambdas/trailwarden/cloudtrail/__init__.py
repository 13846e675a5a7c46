"""One record, and what can be told from it alone."""
