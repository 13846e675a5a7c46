"""The functions, one file each, and their permissions."""
