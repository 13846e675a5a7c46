"""The organization, its accounts, and the policies that limit them all."""
