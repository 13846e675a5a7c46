"""What only rule authors run; it is never shipped to Lambda."""
