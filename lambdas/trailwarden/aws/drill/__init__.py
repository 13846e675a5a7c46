"""A drill: harmless calls that undo themselves, and whether the deployment tells of each."""
