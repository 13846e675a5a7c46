"""IAM Identity Center: who the people are, and what they may do in which account."""
