"""One record, and the knowledge that it gives by itself."""
