"""AWS Config: the record of how resources are set up."""
