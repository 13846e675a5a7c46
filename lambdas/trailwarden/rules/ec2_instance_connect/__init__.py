"""Rules about EC2 Instance Connect."""
