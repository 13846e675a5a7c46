"""Products and agreements that cost money."""
