"""The forms that records come in, made of the same records."""

import base64
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.values import Record, dig

Records = Sequence[Record]


def lines(values: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def table(rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [*rows[0]], delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def subscription(records: Records) -> dict[str, Any]:
    """Return what CloudWatch Logs sends to a subscription."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "aws-cloudtrail-logs",
        "logStream": "111122223333_CloudTrail_us-east-1",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": str(n), "timestamp": 1748865600000 + n, "message": json.dumps(record)}
            for n, record in enumerate(records)
        ],
    }


def packed(value: Any) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health."}],
}


def _stamped(records: Records, between: str = "") -> bytes:
    return b"".join(
        f"{r['eventTime'][:-1]}.123Z {between}{json.dumps(r)}\n".encode() for r in records
    )


def _hits(records: Records, source: Callable[[Record], Any]) -> dict[str, Any]:
    hits = [{"_index": "logs", "_id": str(n), "_source": source(r)} for n, r in enumerate(records)]
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    total = {"total": {"value": len(hits), "relation": "eq"}, "max_score": None, "hits": hits}
    return {"took": 3, "timed_out": False, "_shards": shards, "hits": total}


def _ecs(record: Record) -> dict[str, Any]:
    original = json.dumps(record)
    return {"@timestamp": record["eventTime"], "event": {"kind": "event", "original": original}}


def _splunk(record: Record) -> dict[str, Any]:
    return {"preview": False, "offset": 0, "result": {"_raw": json.dumps(record), "host": "h"}}


def _lookup(record: Record) -> dict[str, Any]:
    return {"EventId": record["eventID"], "CloudTrailEvent": json.dumps(record)}


def _lake(record: Record) -> list[dict[str, str]]:
    return [{"eventName": record["eventName"]}, {"eventJson": json.dumps(record)}]


def _insights(record: Record) -> list[dict[str, str]]:
    return [{"field": "@ptr", "value": "x"}, {"field": "@message", "value": json.dumps(record)}]


WHOLE: Mapping[str, Callable[[Records], bytes]] = {
    "CloudWatch Logs subscription": lambda rs: json.dumps(subscription(rs)).encode(),
    "CloudWatch Logs subscription, a function's event": lambda rs: lines(
        {"awslogs": {"data": packed(subscription([r]))}} for r in rs
    ),
    "CloudWatch Logs subscription, base64": lambda rs: b"\n".join(
        packed(subscription([r])).encode() for r in rs
    ),
    "CloudWatch Logs by Firehose": lambda rs: b"".join(
        json.dumps(value).encode()
        for value in (CONTROL, subscription(rs[:3]), subscription(rs[3:]))
    ),
    "CloudWatch Logs by Firehose, gzip twice": lambda rs: gzip.compress(
        b"".join(gzip.compress(json.dumps(subscription([r])).encode()) for r in rs)
    ),
    "CloudWatch Logs export": lambda rs: gzip.compress(_stamped(rs)),
    "aws logs tail": lambda rs: _stamped(rs, "111122223333_CloudTrail_us-east-1 "),
    "aws logs filter-log-events": lambda rs: json.dumps(
        {"events": subscription(rs)["logEvents"]}, indent=4
    ).encode(),
    "CloudWatch Logs Insights": lambda rs: json.dumps(
        {"status": "Complete", "results": [_insights(r) for r in rs]}
    ).encode(),
    "Firehose": lambda rs: b"".join(json.dumps(r).encode() for r in rs),
    "Splunk, JSON": lambda rs: lines(map(_splunk, rs)),
    "Splunk, one object": lambda rs: json.dumps(
        {
            "preview": False,
            "fields": [{"name": "_raw"}],
            "results": [_splunk(r)["result"] for r in rs],
        }
    ).encode(),
    "Splunk, CSV": lambda rs: table([_splunk(r)["result"] for r in rs]),
    "Splunk collector": lambda rs: lines({"sourcetype": "aws:cloudtrail", "event": r} for r in rs),
    "Elastic search": lambda rs: json.dumps(_hits(rs, _ecs)).encode(),
    "Elastic search, indented": lambda rs: json.dumps(_hits(rs, _ecs), indent=2).encode(),
    "Elastic dump": lambda rs: lines(_hits(rs, _ecs)["hits"]["hits"]),
    "Elastic, flat fields": lambda rs: lines({"event.original": json.dumps(r)} for r in rs),
    "Elastic, listed fields": lambda rs: lines(
        {"_index": "x", "fields": {"event.original": [json.dumps(r)]}} for r in rs
    ),
    "Elastic, the record as source": lambda rs: lines(_hits(rs, dict)["hits"]["hits"]),
    "Lake, JSON": lambda rs: json.dumps(
        {"QueryStatus": "FINISHED", "QueryResultRows": [_lake(r) for r in rs]}
    ).encode(),
    "Lake, CSV": lambda rs: gzip.compress(
        table([{"eventName": r["eventName"], "eventJson": json.dumps(r)} for r in rs])
    ),
    "semicolons": lambda rs: table([{"eventJson": json.dumps(r), "x": "\n;"} for r in rs], ";"),
    "Lake, indented records": lambda rs: table(
        [{"eventJson": json.dumps(r, indent=1)} for r in rs]
    ),
    "Event history, JSON": lambda rs: json.dumps({"Events": [_lookup(r) for r in rs]}).encode(),
    "Event history, by field": lambda rs: json.dumps(
        {"NextToken": "x", "Events": [_lookup(r) for r in rs]}, indent=4
    ).encode(),
    "SNS": lambda rs: lines({"Type": "Notification", "Message": json.dumps(r)} for r in rs),
}
"""Forms that carry whole records."""


def event_history(records: Records) -> bytes:
    """Return the CSV that the console offers."""
    return table(
        [
            {
                "Event name": r["eventName"],
                "Event time": r["eventTime"],
                "User name": dig(r, "userIdentity.userName") or dig(r, "userIdentity.type").lower(),
                "Event source": r["eventSource"],
                "Resource type": "-",
                "Resource name": "-",
                "AWS access key": dig(r, "userIdentity.accessKeyId") or "",
                "AWS region": r["awsRegion"],
                "Error code": r.get("errorCode", ""),
                "Read-only": str(r.get("readOnly", "")).lower(),
                "Source IP address": r["sourceIPAddress"],
                "Event ID": r["eventID"],
                "Request ID": r.get("requestID", ""),
            }
            for r in records
        ]
    )


_TEXTS = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")


def athena_row(record: Record) -> dict[str, Any]:
    """Return a row of the table that AWS's documentation defines for Athena."""
    return {
        name.lower(): json.dumps(value) if name in _TEXTS and value is not None else _lower(value)
        for name, value in record.items()
    }


def _lower(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name.lower(): _lower(below) for name, below in value.items()}
    return [_lower(below) for below in value] if isinstance(value, list) else value


def athena_csv(records: Records) -> bytes:
    """Return what Athena writes for SELECT *, with its own way to show structures."""
    columns = sorted({name.lower() for r in records for name in r})
    rows = [athena_row(r) for r in records]
    return table([{name: _as_athena(row.get(name)) for name in columns} for row in rows])


def _as_athena(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}={_as_athena(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_athena, value)) + "]"
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def ocsf(record: Record) -> dict[str, Any]:
    """Return the API Activity that Security Lake makes of a record."""
    identity = record["userIdentity"]
    mapped = {"requestParameters", "responseElements", "userIdentity", *_OCSF_MAPPED}
    return {
        "class_uid": 6003,
        "class_name": "API Activity",
        "time_dt": record["eventTime"],
        "metadata": {
            "product": {"version": record["eventVersion"], "name": "CloudTrail"},
            "uid": record["eventID"],
            "event_code": record["eventType"],
        },
        "api": {
            "operation": record["eventName"],
            "service": {"name": record["eventSource"]},
            "request": {
                "data": json.dumps(record.get("requestParameters")),
                "uid": record.get("requestID"),
            },
            "response": {
                "data": json.dumps(record.get("responseElements")),
                "error": record.get("errorCode"),
                "message": record.get("errorMessage"),
            },
        },
        "cloud": {"region": record["awsRegion"], "account": {"uid": record["recipientAccountId"]}},
        "src_endpoint": {"ip": record["sourceIPAddress"]},
        "http_request": {"user_agent": record["userAgent"]},
        "actor": {
            "user": {
                "type": identity.get("type"),
                "name": identity.get("userName"),
                "uid": identity.get("arn"),
                "uid_alt": identity.get("principalId"),
                "account": {"uid": identity.get("accountId")},
                "credential_uid": identity.get("accessKeyId"),
            },
            "session": {
                "issuer": dig(identity, "sessionContext.sessionIssuer.arn"),
                "is_mfa": dig(identity, "sessionContext.attributes.mfaAuthenticated") == "true",
            },
            "invoked_by": identity.get("invokedBy"),
        },
        "unmapped": {
            path: text
            for name, value in record.items()
            if name not in mapped
            for path, text in _flat(name, value)
        },
    }


_OCSF_MAPPED = (
    *("eventTime", "eventVersion", "eventID", "eventType", "eventName", "eventSource"),
    *("requestID", "errorCode", "errorMessage", "awsRegion", "sourceIPAddress", "userAgent"),
)


def _flat(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [pair for key, below in value.items() for pair in _flat(f"{path}.{key}", below)]
    text = value if isinstance(value, str) else json.dumps(value)
    return [(path, text)] if value is not None else []


def elastic(record: Record) -> dict[str, Any]:
    """Return what Elastic's integration makes of a record without the original."""
    identity = record["userIdentity"]
    return {
        "@timestamp": record["eventTime"],
        "event": {
            "action": record["eventName"],
            "provider": record["eventSource"],
            "id": record["eventID"],
        },
        "cloud": {"region": record["awsRegion"], "account": {"id": identity.get("accountId")}},
        "source": {"address": record["sourceIPAddress"]},
        "user_agent": {"original": record["userAgent"]},
        "user": {"name": identity.get("userName"), "id": identity.get("principalId")},
        "aws": {
            "cloudtrail": {
                "event_version": record["eventVersion"],
                "event_type": record["eventType"],
                "recipient_account_id": record["recipientAccountId"],
                "error_code": record.get("errorCode"),
                "user_identity": {"type": identity.get("type"), "arn": identity.get("arn")},
                "flattened": {
                    "request_parameters": record.get("requestParameters"),
                    "response_elements": record.get("responseElements"),
                    "additional_eventdata": record.get("additionalEventData"),
                },
            }
        },
    }


PARTIAL: Mapping[str, Callable[[Records], bytes]] = {
    "Event history, CSV": event_history,
    "Athena, CSV": athena_csv,
    "Athena, JSON": lambda rs: lines(map(athena_row, rs)),
    "Security Lake, JSON": lambda rs: lines(map(ocsf, rs)),
    "Elastic without the original": lambda rs: lines(map(elastic, rs)),
}
"""Forms that carry records by fields, not always all of them."""
