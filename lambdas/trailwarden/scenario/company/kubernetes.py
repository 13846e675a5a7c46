"""What a cluster of Kubernetes asks: nodes, disks, load balancers, names, secrets."""

from collections.abc import Iterator
from enum import StrEnum

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.samples import MINUTES_OF_A_DAY
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.controllers import CONTROLLERS, Controller
from trailwarden.scenario.company.machines import instance_session
from trailwarden.scenario.company.telling import (
    Day,
    Draw,
    Session,
    by_aws,
    call,
    moved,
    tell,
)
from trailwarden.scenario.company.world import Account, Kind, Team

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


class Credentials(StrEnum):
    """How a pod comes by its role."""

    IRSA = "a token of the cluster, exchanged at STS"
    POD_IDENTITY = "the agent of the node, by EKS"


def cluster(account: Account, day: Day, _: Draw) -> Iterator[Record]:
    """Tell a day of a team's cluster."""
    how = Credentials.POD_IDENTITY if account.team is Team.STOCK else Credentials.IRSA
    share = 1.0 if account.kind is Kind.PRODUCTION else 0.4
    for controller in CONTROLLERS:
        draw = day.draw(f"{account.id} {controller.role}")
        for hour in range(0, 24, 6):
            yield from _takes_role(account, controller, how, draw, day.at(hour) + draw.random())
        for minute in day.times(draw, 45 * share):
            yield from tell(
                _pod(account, controller, how, minute),
                draw.sample(controller.looks, k=1),
                draw,
                minute,
            )
        for minute in [
            day.at(draw.uniform(6, 18)) for _ in range(_whole(controller.daily * share, draw))
        ]:
            session = _pod(account, controller, how, minute)
            yield from tell(session, draw.choice(controller.stories), draw, minute)
    yield from _nodes(account, day, share)


def _whole(number: float, draw: Draw) -> int:
    return int(number) + (draw.random() < number % 1)


def _takes_role(
    account: Account, controller: Controller, how: Credentials, draw: Draw, minute: float
) -> Iterator[Record]:
    """The pod comes by credentials: from STS, or from the agent of its node."""
    if how is Credentials.POD_IDENTITY:
        agent = f"i-0{int(account.id) % 16**16:016x}"
        node = instance_session(account, "main-nodes", agent, minute)
        asked = call(
            "eks-auth:AssumeRoleForPodIdentity",
            clusterName="main",
            token=HIDDEN,
        )
        yield from tell(node, [asked], draw, minute)
        taken = call(
            "sts:AssumeRole",
            roleArn=account.role(controller.role),
            roleSessionName=f"eks-main-{controller.role}",
        )
        yield from tell(by_aws("pods.eks", account), [taken], draw, minute + 0.01)
        return
    subject = f"system:serviceaccount:{controller.namespace}:{controller.role.lower()}"
    provider = f"arn:aws:iam::{account.id}:oidc-provider/{issuer(account)}"
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    session = Session(
        identity=identity,
        account=account,
        address=_zone_of(account, controller, minute),
        user_agent=controller.user_agent,
    )
    taken = call(
        "sts:AssumeRoleWithWebIdentity",
        roleArn=account.role(controller.role),
        roleSessionName=f"{1_750_000_000_000 + int(minute)}",
        answer={
            "subjectFromWebIdentityToken": subject,
            "audience": "sts.amazonaws.com",
            "provider": provider,
        },
    )
    yield from tell(session, [taken], draw, minute)


def issuer(account: Account) -> str:
    """Return where the cluster's tokens come from."""
    return f"oidc.eks.{account.region}.amazonaws.com/id/EXAMPLE{int(account.id):025X}"


def _pod(account: Account, controller: Controller, how: Credentials, minute: float) -> Session:
    """Return a pod at work, on a node of one zone until the pod is made anew."""
    began = minute // 360 * 360
    if how is Credentials.IRSA:
        identity = moved(
            samples.pod(controller.role, f"{1_750_000_000_000 + int(began)}"), account, began
        )
        provider = f"arn:aws:iam::{account.id}:oidc-provider/{issuer(account)}"
        identity["sessionContext"]["webIdFederationData"]["federatedProvider"] = provider
    else:
        arn = f"arn:aws:eks:{account.region}:{account.id}:cluster/main"
        identity = moved(
            samples.assumed_role(controller.role, f"eks-main-{controller.role}"), account, began
        )
        identity["inScopeOf"] = {"issuerType": "AWS::EKS::Pod", "credentialsIssuedTo": arn}
    return Session(
        identity=identity,
        account=account,
        address=_zone_of(account, controller, minute),
        user_agent=controller.user_agent,
    )


def _zone_of(account: Account, controller: Controller, minute: float) -> str:
    """Return where a controller's pod comes out: each has one pod, which moves every third day."""
    return account.way_out(f"{controller.role} {minute // (3 * MINUTES_OF_A_DAY)}")


def _nodes(account: Account, day: Day, share: float) -> Iterator[Record]:
    """Nodes join, fetch images and give pods their addresses."""
    draw = day.draw(f"{account.id} nodes")
    for minute in day.times(draw, 40 * share):
        node = f"i-0{draw.randrange(12) * 7919 + int(account.id):016x}"
        session = instance_session(account, "main-nodes", node, minute)
        yield from tell(session, draw.choice(NODE_STORIES), draw, minute)


NODE_STORIES = (
    (
        call("ecr:GetAuthorizationToken"),
        call("ecr:BatchGetImage", repositoryName="app", imageIds=[{"imageTag": "live"}]),
    ),
    (
        call("ec2:DescribeInstances", maxResults=1000, filterSet={}, instancesSet={}),
        call("eks:DescribeCluster", name="main"),
    ),
    (
        call("ec2:CreateNetworkInterface", subnetId="{subnet}", description="aws-K8S-{instance}"),
        call(
            "ec2:AttachNetworkInterface",
            networkInterfaceId="{interface}",
            instanceId="{instance}",
            deviceIndex=1,
        ),
        call(
            "ec2:AssignPrivateIpAddresses",
            networkInterfaceId="{interface}",
            secondaryPrivateIpAddressCount=14,
        ),
    ),
)
