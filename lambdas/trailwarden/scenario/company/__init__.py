"""A month of a company of fifty accounts: tools, machines and people at work, and no attack.

It is told from their work, never from the events of rules. `world` has the people and tools, and
`telling` the way in which CloudTrail writes them down. The other files tell the days of people,
pipelines, clusters, machines and vendors.
"""

from trailwarden.scenario.company.month import BASE, DAYS, month
from trailwarden.scenario.company.world import Company, company

__all__ = ["BASE", "DAYS", "Company", "company", "month"]
