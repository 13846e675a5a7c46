"""Ways to keep access, in any service."""
