"""An account's own contacts, Regions and settings."""
