"""IAM documents."""
