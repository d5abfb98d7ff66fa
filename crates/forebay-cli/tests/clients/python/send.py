"""Sends one event of each kind in each mode, made by the official SDK, to the URL that is given.

Ids are MODE-KIND. Ends with an error unless every answer is 202.
"""

import sys
import urllib.request
from datetime import datetime, timezone

from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

URL = sys.argv[1]
JSON = JSONFormat()

KINDS = {
    "json": ("application/json", {"total": 12.5, "items": ["a", "\u00e9"]}),
    "text": ("text/plain", 'two\nlines, "quoted"'),
    "bytes": ("application/octet-stream", b"\xff\x00\xfe"),
    "none": (None, None),
}


def event(mode, kind):
    content_type, data = KINDS[kind]
    attributes = {
        "id": f"{mode}-{kind}",
        "source": "/clients/python",
        "type": "com.example.test",
        "time": datetime(2030, 1, 31, 12, tzinfo=timezone.utc),
        "subject": 'caf\u00e9 100% "\u20ac"',
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    if content_type is not None:
        attributes["datacontenttype"] = content_type
    return CloudEvent(attributes, data)


def post(headers, body):
    request = urllib.request.Request(URL, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        if answer.status != 202:
            sys.exit(f"{answer.status} for {headers}: {answer.read()!r}")


for kind in KINDS:
    binary = to_binary(event("binary", kind), JSON)
    post({k: v for k, v in binary.headers.items()}, binary.body)
    structured = to_structured(event("structured", kind), JSON)
    post(dict(structured.headers), structured.body)

batch = [JSON.write(event("batch", kind)) for kind in KINDS]
post({"content-type": "application/cloudevents-batch+json"}, b"[" + b",".join(batch) + b"]")
