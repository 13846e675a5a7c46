"""What answers to an incident once a person agrees, where `response` says so."""
