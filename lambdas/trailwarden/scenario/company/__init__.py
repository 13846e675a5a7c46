"""A month of a company of fifty accounts: tools, machines and people at work, and no attack.

It is told from what they do, never from what rules look for: who they are (`world`), how CloudTrail
writes it down (`telling`), and what people, pipelines, clusters, machines and vendors do all day.
"""

from trailwarden.scenario.company.month import BASE, DAYS, month
from trailwarden.scenario.company.world import Company, company

__all__ = ["BASE", "DAYS", "Company", "company", "month"]
