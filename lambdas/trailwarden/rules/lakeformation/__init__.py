"""Rules about AWS Lake Formation."""
