"""Plays a day of a busy account against a pipeline that is throttled and killed all the time."""
