"""Incidents of a deployment: remembered links, derived from the table, told in mails."""
