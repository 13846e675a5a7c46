"""What people and machines are told, and when. Pure."""
