"""File transfer set up by hand.

An SFTP server in front of a bucket takes data out past all controls of S3. A device that AWS ships
with its content does the same. A user with a new SSH key needs no AWS credentials at all.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = ("userName", "externalId", "serverId", "connectorId", "url", "gatewayName", "jobType")
ACTS = {
    "snowball:CreateJob": "Job for a Snow Family device created",
    "storagegateway:ActivateGateway": "Storage gateway activated",
    "transfer:CreateAccess": "Access of a directory's group to file transfer created",
    "transfer:CreateConnector": "File transfer connector created",
    "transfer:CreateServer": "File transfer server created",
    "transfer:CreateUser": "File transfer user created",
    "transfer:CreateWebApp": "Website for file transfer created",
    "transfer:ImportSshPublicKey": "SSH key of a file transfer user added",
    "transfer:UpdateAccess": "Access of a directory's group to file transfer changed",
    "transfer:UpdateConnector": "File transfer connector changed",
    "transfer:UpdateServer": "File transfer server opened",
    "transfer:UpdateUser": "Role of a file transfer user changed",
    "transfer:StartServer": "File transfer server started",
}


def detect(event: Event) -> Match | None:
    if event.name == "UpdateServer" and not is_opened(event):
        return None
    named = event.request(*NAMES)
    name = named or event.answer("serverId") or event.answer("webAppId")
    return Match(f"{event.action} {name}".strip(), subject=name, title=ACTS[event.action])


def is_opened(event: Event) -> bool:
    """Say whether a change lets others in: from the internet, in the clear, or by another judge."""
    is_public = event.request("endpointType") == "PUBLIC"
    is_plain = "FTP" in event.listed("requestParameters.protocols")
    return is_public or is_plain or bool(event.get("requestParameters.identityProviderDetails"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=list(ACTS),
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1048", "T1567"]},
    response="Ask the caller for the purpose. Without one, stop the server and delete the user. "
    "Look in the server's log for transferred files.",
    false_positives="Teams exchange files with partners, and add those by hand.",
    references=[
        "https://docs.aws.amazon.com/transfer/latest/userguide/what-is-aws-transfer-family.html"
    ],
)


def examples() -> Examples:
    server = "s-01234567890abcdef"
    created = request("transfer:CreateServer", answer={"serverId": server})
    yield alerts("a server", created, subject=server, label=f"transfer:CreateServer {server}")
    partner: dict[str, Any] = {"serverId": server, "userName": "partner"}
    key = request("transfer:ImportSshPublicKey", **partner, sshPublicKeyBody="ssh-rsa AAAA")
    yield alerts("a key", key, subject="partner")
    update = "transfer:UpdateServer"
    for opening in (
        {"endpointType": "PUBLIC"},
        {"protocols": ["SFTP", "FTP"]},
        {"identityProviderDetails": {"function": "f"}},
    ):
        changed: dict[str, Any] = {"serverId": server, **opening}
        yield alerts(f"opened by {opening}", request(update, **changed), subject=server)
    logged = request(update, serverId=server, loggingRole="r")
    yield silent("another change of a server", logged)
    site = request("transfer:CreateWebApp", answer={"webAppId": "webapp-1"})
    yield alerts("a website", site, subject="webapp-1")
    group: dict[str, Any] = {"serverId": server, "externalId": "S-1-5-21-1", "role": "r"}
    for action in ("transfer:CreateAccess", "transfer:UpdateAccess"):
        yield alerts(action, request(action, **group), subject="S-1-5-21-1")
    device = request("snowball:CreateJob", jobType="EXPORT")
    yield alerts("a device", device, subject="EXPORT", label="snowball:CreateJob EXPORT")
    yield silent("a refused request", refused("transfer:CreateUser"))
