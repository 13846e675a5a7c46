"""Control Tower, which sets up accounts and what they may not do."""
