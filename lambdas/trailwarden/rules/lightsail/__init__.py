"""Rules about Amazon Lightsail."""
