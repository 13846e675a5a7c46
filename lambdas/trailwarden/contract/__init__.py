"""What the stack and the functions both have to know."""
