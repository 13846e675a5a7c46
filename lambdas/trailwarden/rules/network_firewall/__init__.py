"""Rules about AWS Network Firewall."""
