"""CloudTrail: the record of who did what, which every rule here depends on."""
