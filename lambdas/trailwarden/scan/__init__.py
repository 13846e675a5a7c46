"""The engine over files on one machine."""
