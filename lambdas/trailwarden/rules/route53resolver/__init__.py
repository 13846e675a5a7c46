"""Rules about Route 53 Resolver."""
