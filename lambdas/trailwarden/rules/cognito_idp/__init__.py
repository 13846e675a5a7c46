"""User pools, in which the customers of an application sign in."""
