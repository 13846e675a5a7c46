"""The Lambda functions, one to a module: read the trigger, have it done, say what came of it."""
