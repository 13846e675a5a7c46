"""The root user of an account, whom no IAM policy limits."""
