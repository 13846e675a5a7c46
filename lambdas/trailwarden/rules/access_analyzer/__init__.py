"""The analyzer that tells what outsiders can reach."""
