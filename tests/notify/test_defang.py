import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailwarden.notify.defang import defanged

LINKED = re.compile(
    r"https?://|ftp://|mailto:|www\.|[\w-]\.(?:com|example|zip|xyz)(?![\w-])", re.IGNORECASE
)
"""What the mail programs make links of, of the texts below."""

PARTS = st.sampled_from(
    ["http", "HTTPS", "ftp", "s3", "mailto", "www", ":", "//", "/", ".", "..", "-", "_", "@", " ",
     "evil", "com", "example", "zip", "1", "\uff0e", "\u3002", "\uff1a", "(", ")", "\u200b", "b"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("_http://evil.example", "_hxxp://evil[.]example"),
        ("xhttp://1.2.3.4/x", "xhxxp://1.2.3.4/x"),
        ("ftp://evil.example/x", "fxp://evil[.]example/x"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("www.1.2.3.4", "www[.]1[.]2[.]3[.]4"),
        ("mailto:a@evil.example?x", "mailto[:]a@evil[.]example?x"),
        ("mallory@evil.example", "mallory@evil[.]example"),
        ("evil.zip/x", "evil[.]zip/x"),
        ("-evil.example.", "-evil[.]example."),
        ("a..evil.example:80", "a[.][.]evil[.]example:80"),
        ("evil.xn--p1ai", "evil[.]xn--p1ai"),
        ("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
         "\u043f\u0440\u0438\u043c\u0435\u0440[.]\u0440\u0444"),
        ("evil\uff0eexample", "evil\\uff0eexample"),
        ("evil\u3002example", "evil\\u3002example"),
        ("evil\u2024example", "evil\\u2024example"),
        ("http\uff1a\uff0f\uff0fx", "http\\uff1a\\uff0f\\uff0fx"),
        ("vscode://x", "vscode[:]//x"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("s3.amazonaws.com/evil", "s3[.]amazonaws[.]com/evil"),
        ("evil.execute-api.us-east-1.amazonaws.com",
         "evil[.]execute-api[.]us-east-1[.]amazonaws[.]com"),
    ],
)  # fmt: skip
def test_what_is_made_a_link_is_none(text: str, shown: str) -> None:
    assert defanged(text) == shown
    assert defanged(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "cloudformation.amazonaws.com",
        "arn:aws:iam::111122223333:role/admin",
        "iam.user_created",
        "198.51.100.7",
        "2001:db8::1",
        "aws-cli/2.15.0 Python/3.11.6 Linux/5.10.1",
        "s3://bucket/AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/a_b.json.gz",
        "2025-06-02 12:00:00.000001 UTC",
        "No alerts. All is well.",
    ],
)
def test_what_is_no_link_stays_as_it_is(text: str) -> None:
    assert defanged(text) == text


@settings(max_examples=150)
@given(st.lists(PARTS, max_size=12).map("".join))
def test_no_text_is_a_link_afterwards(text: str) -> None:
    assert not LINKED.search(defanged(text)), defanged(text)


def test_long_text_takes_no_long_time() -> None:
    for text in ("a." * 50_000, "." * 100_000, "a-" * 50_000 + ".com", "http" * 25_000):
        assert defanged(text)
