"""The rules, one to a module; the module's place is the rule's id."""
