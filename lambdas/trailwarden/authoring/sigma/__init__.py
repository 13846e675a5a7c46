"""Turns Sigma rules for CloudTrail into rule modules; only the command line uses it."""
