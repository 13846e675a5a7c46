"""WAF, of all generations: what filters requests to web applications."""
