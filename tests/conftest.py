"""What the property tests share: how hypothesis runs, and records of any shape."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from trailwarden.cloudtrail.event import RECORD_FIELDS

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")

texts = st.text(st.characters(exclude_categories=()), max_size=12)
"""Texts with anything in them: controls, NUL, lone surrogates."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts

KEYS = [
    *("type", "arn", "accountId", "principalId", "userName", "invokedBy", "sessionContext"),
    *("sessionIssuer", "attributes", "mfaAuthenticated", "items", "omitted", "unsuccessful"),
    *("onBehalfOf", "userId", "originalEventID", "ConsoleLogin", "ec2RoleDelivery"),
]

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | texts, below, max_size=4)
    ),
    max_leaves=8,
)
"""Any JSON, with keys that mean something here and there."""

identities = st.fixed_dictionaries(
    {"type": st.sampled_from(["Root", "IAMUser", "AssumedRole", "FederatedUser", "AWSService"])},
    optional=dict.fromkeys(KEYS[1:], json_values),
)

records = st.dictionaries(
    st.sampled_from(sorted(RECORD_FIELDS)), json_values | identities, max_size=12
)
"""Records whose fields may hold anything."""
