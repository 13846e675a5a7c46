"""What computes: one function each, and what it may do."""
