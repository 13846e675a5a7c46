"""Looking around in an account, over many services."""
