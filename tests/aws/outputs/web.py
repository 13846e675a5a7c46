"""A web service on loopback, which a proxy stands for, with a certificate of the service's name."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.aws.world import reborn

HOSTS = (
    *("hooks.slack.com", "events.pagerduty.com", "events.eu.pagerduty.com"),
    "prod-1.westeurope.logic.azure.com",
)


@dataclass
class Service:
    """What came to the service, and what it answers."""

    answer: Callable[[str, str, dict[str, Any]], int]
    """Gives a status for a host, a path and a body; raises AssertionError for a wrong request."""
    seen: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    location: str = ""
    """Where a redirect leads."""
    says: bytes = b"ok"
    """What stands in an answer."""
    drips: float = 0
    """After how many seconds each byte of an answer comes."""
    pause: threading.Event | None = None
    """Keeps answers back until it is set."""
    wrong: list[str] = field(default_factory=list)
    """What was wrong with requests."""

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.seen]


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for the hosts, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stub")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, HOSTS)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "stub.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, *form)
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def serving(service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve; the functions come to it by the proxy of the environment."""
    pem = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service, context))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(pem))
    reborn()
    try:
        yield
    finally:
        if service.pause:
            service.pause.set()
        server.shutdown()
        server.server_close()
        thread.join()
        reborn()


def _handler(service: Service, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self.host = self.path
            self.send_response(200)
            self.end_headers()
            try:
                self.connection = context.wrap_socket(self.connection, server_side=True)
            except (OSError, ssl.SSLError):  # the client trusts no certificate of ours
                self.close_connection = True
                return
            self.rfile = self.connection.makefile("rb", -1)
            self.wfile: Any = self.connection.makefile("wb", 0)
            self.close_connection = False

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if service.pause:
                service.pause.wait(30)
            try:
                assert self.headers["Content-Type"].startswith("application/json")
                service.seen.append((self.host, self.path, body))
                status = service.answer(self.host, self.path, body)
            except AssertionError as error:
                service.wrong.append(repr(error))
                status = 500
            self.send_response(status)
            if service.location:
                self.send_header("Location", service.location)
            self.send_header("Content-Length", str(len(service.says)))
            self.end_headers()
            with suppress(OSError):  # the client has read enough
                for byte in service.says if service.drips else ():
                    self.wfile.write(bytes([byte]))
                    time.sleep(service.drips)
                self.wfile.write(b"" if service.drips else service.says)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
