"""What requests to one service say; each file bears the name of its folder of rules."""
