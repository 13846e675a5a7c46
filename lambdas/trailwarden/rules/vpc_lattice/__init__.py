"""Rules about Amazon VPC Lattice."""
