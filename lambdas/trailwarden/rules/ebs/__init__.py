"""Rules about the EBS direct APIs."""
