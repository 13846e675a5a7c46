"""Rules about AWS Directory Service."""
