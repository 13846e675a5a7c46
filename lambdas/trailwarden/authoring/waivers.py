"""The breaks of rules that no story notices, each with the reason why none has to."""

from collections.abc import Mapping

_SPARES = "its `where` only spares the fast path what `detect` leaves alone"

_OF_ONE_ACCOUNT = "its labels are principals, and each is of one account"

WAIVED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "credential_access.dormant_user_active: puts everybody into one group",
            "credential_access.instance_metadata_v1_used: puts everybody into one group",
            "s3.buckets_listed_first_time: puts everybody into one group",
            "sts.caller_identity_first_asked: puts everybody into one group",
        ),
        _OF_ONE_ACCOUNT,
    ),
    "actor.severe_acts_refused: has no `where`": "its outcome says the same",
    "actor.severe_acts_refused: looks at every outcome": "its `where` says the same",
    "actor.severe_acts_attempted: looks at every outcome": "it asks what an attempt is by itself",
    "secretsmanager.reads_refused: has no `where`": "its outcome says the same",
    "secretsmanager.reads_refused: looks at every outcome": "its `where` says the same",
    "discovery.access_denied_burst: has no `where`": "its outcome says the same",
    "discovery.access_denied_burst: looks at every outcome": "its `where` says the same",
    "discovery.denied_in_many_regions: looks at every outcome": "its `where` says the same",
    "actor.new_kind_of_refusal: looks at every outcome": "its `where` says the same",
    "actor.service_user_agent_claimed: exempts nobody": "its `where` leaves services out already",
    "actor.new_builder: doubles its timespan": "one act is enough",
    "actor.new_builder: halves its timespan": "one act is enough",
    "actor.new_builder: puts everybody into one group": "signals are grouped by actor",
    "actor.several_weak_signals: puts everybody into one group": "signals are grouped by actor",
    "cloudfront.distribution_without_log: is as sure of what it does not know": "nothing unknown"
    " is told",
    "s3.object_lock_shortened: is as sure of what it does not know": "nothing unknown is told",
    "cis_monitoring.unauthorized_calls: has no `where`": "its outcome says the same",
    "cis_monitoring.unauthorized_calls: looks at every outcome": "its `where` says the same",
    "signin.console_login_without_mfa: looks at every outcome": "its answer says the same",
    "bedrock.model_invocations_refused: looks at every outcome": "its `where` says the same",
    "s3.external_kms_encryption: has no `where`": _SPARES,
    "sts.exempt_role_used_elsewhere: has no `where`": "its judgement of the caller says the same",
    "sts.leaked_key_checked: has no `where`": _SPARES,
    "sts.role_chain_closed: has no `where`": "its caller's role says the same",
    "sts.role_chain_closed: puts everybody into one group": "the roles of a ring are a group",
    "root.guessed_in_many_accounts: puts everybody into one group": "all accounts are one group",
    "sts.roles_tried: has no `where`": "its outcome says the same",
    "root.write_activity: has no `where`": "its callers say the same",
    "credential_access.offensive_tool_used: has no `where`": _SPARES,
    "credential_access.penetration_test_system_used: has no `where`": _SPARES,
    "cis_monitoring.console_login_not_federated: has no `where`": _SPARES,
    "impact.capacity_raised: halves its timespan": "the first request alerts anyway",
    "impact.capacity_raised: learns longer": "it tells of everybody at once",
    "impact.capacity_raised: learns nothing": "it tells of everybody at once",
    "impact.capacity_raised: asks for another past": "it tells of everybody at once",
    "impact.large_data_store_made: halves its timespan": "the first request alerts anyway",
    "impact.large_data_store_made: learns longer": "it tells of everybody at once",
    "impact.large_data_store_made: learns nothing": "it tells of everybody at once",
    "impact.large_data_store_made: asks for another past": "it tells of everybody at once",
    "iam.role_put_into_instance_profile: halves its timespan": "a role is new at any length",
    "iam.session_token_changed_iam: halves its timespan": "a session is new at any length",
    "iam.role_trust_changed_by_new_actor: halves its timespan": "the first change alerts anyway",
    "iam.role_trust_changed_by_new_actor: doubles its timespan": "the first change alerts anyway",
    "iam.role_trust_changed_by_new_actor: puts everybody into one group": "the first change alerts"
    " anyway",
    "iam.role_trusts_its_changer: halves its timespan": "the first change alerts anyway",
    "iam.role_trusts_new_token_owner: halves its timespan": "the first trust alerts anyway",
    "iam.role_trusts_new_token_owner: doubles its timespan": "the first trust alerts anyway",
    "iam.role_trusts_new_token_owner: puts everybody into one group": "all accounts are one group",
}
"""Reasons by survivor, as `trailwarden rules test --mutate` names it."""
