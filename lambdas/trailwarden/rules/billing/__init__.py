"""Budgets, cost alarms and payment."""
