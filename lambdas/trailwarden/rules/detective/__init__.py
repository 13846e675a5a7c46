"""Detective: the graph of behaviour that investigations read."""
