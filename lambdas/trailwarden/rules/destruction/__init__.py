"""Many things lost at once, of whatever service."""
