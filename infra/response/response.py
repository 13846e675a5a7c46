"""The response to incidents: a function that plans and asks, and a machine that acts.

The two have a role each. The function reads the table and sends mails. The machine alone may touch
an identity, by few actions of IAM that deny or switch off.
"""

import json

from aws_cdk import ArnFormat, Aws, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.config import Config
from infra.functions.access import grant
from infra.functions.function import Function
from infra.response.machine import State, definition
from infra.seal import SealKey
from infra.state import State as StateTable
from infra.topics import AlertTopics
from infra.watch.alarms import PERIOD, Alarms
from infra.watch.guarded import resources
from trailwarden.contract.permissions import Target, permissions
from trailwarden.contract.settings import Settings
from trailwarden.environment import Environment
from trailwarden.notify.acts import ACT, ACTIONS, DENY_ALL, Kind

FAILURES = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
"""The metrics of executions that came to no end of theirs."""

_WIDE = "An intruder may have any user and any role. The role may only deny, or switch off."


class Response(Construct):
    """The state machine, and the function that it asks."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        seal: SealKey,
        settings: Settings,
        state: StateTable,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id_)
        self.function = Function(
            self,
            "RespondFunction",
            handler="respond",
            description="Plans responses to incidents, and asks people",
            code=code,
            config=config,
            settings=settings,
            memory_size=1024,
            timeout=Duration.seconds(50),
        )
        grant(
            self.function,
            "respond",
            {
                Target.TABLE: [state.table_arn],
                Target.ALERT_TOPICS: [topics.people.topic_arn],
                Target.SEAL: [seal.key_arn],
            },
        )
        self._acts, self._name = config.response == ACT, f"{config.stack_name}-Response"
        self._role = self._make_role()
        self._machine = self._make_machine(definition(config.response, config.partition))

    @property
    def machine_arn(self) -> str:
        """The state machine."""
        return self._machine.attr_arn

    def ask_by_itself(self, *functions: Function) -> None:
        """Let functions that send mails begin executions, which ask people about incidents."""
        for function in functions:
            function.add_environment("RESPONSE_MACHINE_ARN", self.machine_arn)
            actions = permissions(function.handler_name)[Target.MACHINE]
            function.allow(Target.MACHINE.value, actions, [self.machine_arn])

    def _make_role(self) -> iam.Role:
        """Make a role for this machine alone: another one could put any policy into roles."""
        stack = Stack.of(self)
        machine = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=self._name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={
                    "ArnEquals": {"aws:SourceArn": machine},
                    "StringEquals": {"aws:SourceAccount": stack.account},
                },
            ),
            description="Stops identities of an intruder once a person agrees",
        )

    def _make_machine(self, says: State) -> stepfunctions.CfnStateMachine:
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid="Ask",
                actions=["lambda:InvokeFunction"],
                resources=[self.function.function_arn],
            )
        )
        if self._acts:
            self._let_act()
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            definition_string=json.dumps(says),
            definition_substitutions={"Function": self.function.function_arn},
            role_arn=self._role.role_arn,
            state_machine_name=self._name,  # the role's trust has to name it before it is there
            state_machine_type="STANDARD",
        )
        policy = self._role.node.find_child("DefaultPolicy")
        machine.node.add_dependency(policy)
        acknowledge(machine, "SF1", "Executions keep their own history, for 90 days.")
        acknowledge(machine, "SF2", "A response is a few calls, which its history has.")
        return machine

    def _let_act(self) -> None:
        """Let the role deny and switch off, and nothing else of IAM."""
        users, roles = (_principals(self, kind) for kind in ("user", "role"))
        deny_all = {"ArnEquals": {"iam:PolicyARN": DENY_ALL.format(Aws.PARTITION)}}
        for kind, arn, conditions in (
            (Kind.DENY_USER, users, deny_all),
            (Kind.DENY_ROLE, roles, deny_all),
            (Kind.END_SESSIONS, roles, {}),
            (Kind.CLOSE_KEY, users, {}),
            (Kind.REMOVE_PASSWORD, users, {}),
        ):
            self._role.add_to_policy(
                iam.PolicyStatement(
                    sid=kind.value.title().replace("_", ""),
                    actions=[ACTIONS[kind]],
                    resources=[arn],
                    conditions=conditions,
                )
            )
        policy = self._role.node.find_child("DefaultPolicy")
        for arn in (users, roles):
            acknowledge_wildcard(policy, arn, _WIDE)

    def protect(self, environment: Environment) -> None:
        """Deny all acts on the roles of this stack, and on those that the tuning names.

        All roles of the stack are there by now.
        """
        if not self._acts:
            return
        own = [role.get_att("Arn").to_string() for role in resources(self, "IAM::Role")]
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid="NeverTheseRoles",
                effect=iam.Effect.DENY,
                actions=sorted({*ACTIONS.values()}),
                resources=[*own, *kept_roles(environment)],
            )
        )

    def watch(self, alarms: Alarms) -> None:
        """Tell when a response comes to no end, because it failed or somebody stopped it."""
        names = {name.lower(): name for name in FAILURES}
        failed = cloudwatch.MathExpression(
            expression=" + ".join(f"FILL({id_}, 0)" for id_ in names),
            using_metrics={
                id_: cloudwatch.Metric(
                    namespace="AWS/States",
                    metric_name=name,
                    dimensions_map={"StateMachineArn": self.machine_arn},
                    period=PERIOD,
                    statistic="Sum",
                )
                for id_, name in names.items()
            },
            period=PERIOD,
        )
        says = "A response to an incident failed, or somebody stopped it. Its execution says why."
        alarms.above("ResponseFailed", failed, says)


def _principals(scope: Construct, kind: str) -> str:
    """Return all users or roles of the account."""
    return Stack.of(scope).format_arn(service="iam", region="", resource=kind, resource_name="*")


def kept_roles(environment: Environment) -> list[str]:
    """Return the roles of the tuning that no act may touch, as IAM names resources.

    Globs that IAM reads otherwise are left out: the plan leaves such roles to people by itself.
    """
    named = (
        *environment.break_glass_roles,
        *environment.deploy_roles,
        *environment.security_roles,
    )
    return [
        glob
        for glob in dict.fromkeys(named)
        if glob.startswith("arn:") and ":role/" in glob and "[" not in glob
    ]
