"""Takes spans as a collector does (OTLP over HTTP) and prints each as a line of JSON.

The first line says where it listens. With a number behind it, that many requests are refused first.
"""

import http.server
import json
import sys

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service


def plain(attributes):
    """Attributes as a dictionary."""
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes
    }


def told(resource, span):
    """A span as what the tests ask for."""
    return {
        "name": span.name,
        "trace": span.trace_id.hex(),
        "span": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "state": span.trace_state,
        "kind": span.kind,
        "status": span.status.code,
        "took_ns": span.end_time_unix_nano - span.start_time_unix_nano,
        "attributes": plain(span.attributes),
        "links": [{"trace": link.trace_id.hex(), "span": link.span_id.hex()} for link in span.links],
        "resource": plain(resource.attributes),
    }


class Collector(http.server.BaseHTTPRequestHandler):
    """One collector."""

    protocol_version = "HTTP/1.1"
    refusals = int(sys.argv[1]) if len(sys.argv) > 1 else 0

    def do_POST(self):
        """Takes spans."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if Collector.refusals > 0:
            Collector.refusals -= 1
            return self.answer(400, b"")
        if self.path != "/v1/traces" or self.headers["content-type"] != "application/x-protobuf":
            return self.answer(404, b"")
        request = service.ExportTraceServiceRequest.FromString(body)
        for of_resource in request.resource_spans:
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    print(json.dumps(told(of_resource.resource, span)), flush=True)
        return self.answer(200, service.ExportTraceServiceResponse().SerializeToString())

    def answer(self, status, body):
        """Answers."""
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
