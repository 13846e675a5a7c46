"""Rules, what adds up, and running them."""
