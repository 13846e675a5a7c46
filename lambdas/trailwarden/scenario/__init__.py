"""Made-up CloudTrail: a day of an account with an attack in it, and a month of a company without.

The demo shows it, tests and benchmarks read it. All of it is made up, and the same every time.
"""
