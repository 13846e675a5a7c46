"""What member accounts send: the fast path's patterns, over one hop to the home account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
"""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aws_cdk import App, CfnStackSet, DefaultStackSynthesizer, Environment, Stack
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.compliance import label
from infra.config import Config
from infra.ingest.fast_path import FastPath
from infra.ingest.roles import role_that_puts_on
from trailwarden.detection.rule import Rule

FAILING_PERCENTAGE = 10
"""How many accounts of a Region may fail, as a suspended one does, before the rest is given up."""


class MemberStack(Stack):
    """The forwarding rules of one account and Region. They need no bootstrap and keep nothing.

    What cannot be sent is tried for a day and then given up: the log files bring it in any case.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        rules: Sequence[Rule],
        env: Environment | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description=f"Trailwarden: sends CloudTrail events to {config.home_account}",
            env=env,
            stack_name=f"{config.stack_name}-Member",
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        bus = self.format_arn(
            service="events",
            account=config.home_account,
            region=config.home_region,
            resource="event-bus",
            resource_name=config.stack_name,
        )
        FastPath(
            self,
            "FastPath",
            names=f"{config.stack_name}-Member",
            rules=rules,
            target_arn=bus,
            role_arn=role_that_puts_on(self, bus).role_arn,
        )
        label(self, config)


class Members(Construct):
    """Deploys a member's stack into the accounts of the chosen units, and into those that join.

    StackSets leave out the organization's management account: it has a stack of its own.
    """

    def __init__(
        self, scope: Construct, id_: str, *, config: Config, rules: Sequence[Rule]
    ) -> None:
        super().__init__(scope, id_)
        template = Path(mkdtemp()) / "member.template.json"
        template.write_text(json.dumps(member_template(config, rules)), encoding="utf-8")
        is_management = config.home_account == config.management_account
        CfnStackSet(
            self,
            "StackSet",
            stack_set_name=f"{config.stack_name}-Members",
            description="Sends the events that Trailwarden's rules look at to its account",
            permission_model="SERVICE_MANAGED",
            call_as="SELF" if is_management else "DELEGATED_ADMIN",
            capabilities=["CAPABILITY_IAM"],
            auto_deployment=CfnStackSet.AutoDeploymentProperty(
                enabled=True, retain_stacks_on_account_removal=False
            ),
            managed_execution={"Active": True},
            operation_preferences=CfnStackSet.OperationPreferencesProperty(
                failure_tolerance_percentage=FAILING_PERCENTAGE,
                max_concurrent_percentage=100,
                region_concurrency_type="PARALLEL",
            ),
            stack_instances_group=[_instances(config)],
            # 51,200 characters are the limit of a template in the template.
            template_url=assets.Asset(self, "Template", path=str(template)).http_url,
        )


def member_template(config: Config, rules: Sequence[Rule]) -> dict[str, Any]:
    """Return the template of a member account, which is the same in every Region."""
    app = App(
        analytics_reporting=False,
        outdir=mkdtemp(),
        post_cli_context={"@aws-cdk/core:validateAgainstDefaultRules": False},
    )
    stack = MemberStack(app, "Member", config=config, rules=rules)
    template: dict[str, Any] = app.synth().get_stack_artifact(stack.artifact_id).template
    return template


def _instances(config: Config) -> CfnStackSet.StackInstancesProperty:
    """Name the accounts: all of the units but the pipeline's own, whose events are heard at home.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/account-level-targets.html
    """
    return CfnStackSet.StackInstancesProperty(
        regions=list(config.heard_regions),
        deployment_targets=CfnStackSet.DeploymentTargetsProperty(
            organizational_unit_ids=list(config.member_organizational_units),
            account_filter_type="DIFFERENCE",
            accounts=[config.home_account],
        ),
    )
