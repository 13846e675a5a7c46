"""Which alerts belong together: who turned into whom, and what joins their acts."""
