"""A day of an account told as CloudTrail: harmless work, and one attack in the middle of it.

The demo shows it, tests and benchmarks read it. All of it is made up, and the same every time.
"""
