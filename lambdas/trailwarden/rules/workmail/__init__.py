"""Rules about Amazon WorkMail."""
