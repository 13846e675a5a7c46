"""Rules about Amazon WorkSpaces."""
