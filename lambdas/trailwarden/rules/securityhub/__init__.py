"""Security Hub: where the findings of the security services meet."""
