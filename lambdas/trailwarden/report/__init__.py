"""Pages for people: one file that holds all that a scan found."""
