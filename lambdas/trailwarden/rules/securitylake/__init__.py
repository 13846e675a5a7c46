"""Security Lake and the smaller services that protect or audit an account."""
