"""GuardDuty: AWS's own watch over an account."""
