"""KMS key made with outside key material.

The owner of the key material keeps a copy, and can take it out of KMS at any moment. That suits
ransomware: encrypted data comes back only with their help.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

IMPORTED = "Outside key material imported into a KMS key"
STORE = "Key store outside AWS set for KMS"
STORES = ("CreateCustomKeyStore", "UpdateCustomKeyStore")
PREPARED = "Import of outside key material prepared"


def detect(event: Event) -> Match | None:
    key = event.request("keyId") or event.answer("keyMetadata.keyId")
    if event.name == "ImportKeyMaterial":
        expires = " with material that expires" if event.get("requestParameters.validTo") else ""
        return Match(f"{key}{expires}", title=IMPORTED)
    if event.name == "GetParametersForImport":
        return Match(key, severity=Severity.LOW, title=PREPARED)
    if event.name in STORES:
        proxy = event.request("xksProxyUriEndpoint")
        where = (
            f"{event.request('customKeyStoreName') or event.request('customKeyStoreId')} {proxy}"
        )
        return Match(where, Severity.MEDIUM, title=STORE) if proxy else None
    external = event.request("origin") in ("EXTERNAL", "EXTERNAL_KEY_STORE")
    label = f"{event.request('origin')} {key}".strip()
    return Match(label, severity=Severity.MEDIUM) if external else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "kms:CreateCustomKeyStore",
        "kms:CreateKey",
        "kms:GetParametersForImport",
        "kms:ImportKeyMaterial",
        "kms:UpdateCustomKeyStore",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Ask the caller who keeps the material. If nobody knows, disable the key before it "
    "encrypts data. Then look for volumes and objects that it has encrypted already.",
    false_positives="The organization brings its own keys by policy, and does so by hand.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html"],
)


def examples() -> Examples:
    key, make = "1234abcd-12ab", "kms:CreateKey"
    token: Fields = {"importToken": "t", "encryptedKeyMaterial": "m"}
    imported = request("kms:ImportKeyMaterial", keyId=key, validTo="Jun 9, 2025", **token)
    label = f"{key} with material that expires"
    yield alerts("imported", imported, severity=Severity.HIGH, label=label)
    made = request(make, origin="EXTERNAL", answer={"keyMetadata": {"keyId": key}})
    yield alerts("made", made, severity=Severity.MEDIUM, label=f"EXTERNAL {key}")
    ask = "kms:GetParametersForImport"
    spec: Fields = {"wrappingAlgorithm": "RSAES_OAEP_SHA_256", "wrappingKeySpec": "RSA_4096"}
    yield alerts("prepared", request(ask, keyId=key, **spec), severity=Severity.LOW)
    for name in STORES:
        store = "customKeyStoreName" if name.startswith("Create") else "customKeyStoreId"
        outside: Fields = {store: "s", "xksProxyUriEndpoint": "https://keys.example.com"}
        proxied = request(f"kms:{name}", **outside)
        there = "s https://keys.example.com"
        yield alerts(name, proxied, severity=Severity.MEDIUM, label=there)
        inside: Fields = {store: "s"}
        yield silent(f"{name} of CloudHSM", request(f"kms:{name}", **inside))
    yield silent("a usual key", request(make, origin="AWS_KMS"))
    yield alerts("refused", refused("kms:ImportKeyMaterial"), severity=Severity.LOW)
