"""Inspector: the search for vulnerable software."""
