"""Any change at all, as the CIS benchmark wants it watched; off unless a team turns it on."""
