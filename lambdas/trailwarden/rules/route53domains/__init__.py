"""Rules about domains registered with Amazon Route 53."""
