"""Where a call may lead, whose certificate it believes, and how long an answer may take."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sidecar.domain.errors import DomainError
from sidecar.services import webhooks
from sidecar.services.telling import Result
from sidecar.services.webhooks import calling
from sidecar.services.webhooks.reaching import is_public
from tests.webhooks.conftest import Line
from tests.webhooks.receiver import Receiver, receiving

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
INSIDE = [
    "127.0.0.1", "127.255.0.9", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
    "::127.0.0.1", "2002:a00:1::", "2002:7f00:1::1", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "2a00:1450:4007:80e::200e", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


def test_what_only_we_can_reach_is_told_from_what_everybody_can() -> None:
    assert [address for address in INSIDE if is_public(address)] == []
    assert [address for address in OUTSIDE if not is_public(address)] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "192.168.1.1:8080", "localhost", "a.localhost"])
def test_an_address_inside_is_taken_only_where_it_is_meant(line: Line, host: str) -> None:
    with line.scene.board() as uow:
        with pytest.raises(DomainError, match="webhook_internal"):
            webhooks.add(uow, f"https://{host}/", now=NOW, new_id=lambda: "n")
        assert webhooks.add(uow, f"https://{host}/", internal=True, now=NOW, new_id=lambda: "n").internal


def named(monkeypatch: pytest.MonkeyPatch, name: str, *addresses: str) -> list[str]:
    """What ``name`` is from here on, and how often it was asked for."""
    true, asked = socket.getaddrinfo, list[str]()

    def resolved(host: str, port: int, *arguments: int, **options: int) -> list[tuple[object, ...]]:
        if host != name:
            return list(true(host, port, *arguments, **options))
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return asked


def test_a_name_that_leads_inside_is_not_called_whatever_it_led_to_before(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, "rebound.example.org", "127.0.0.1", "10.0.0.1")
    monkeypatch.setenv("NO_PROXY", "*")
    address = line.receiver.url.replace("127.0.0.1", "rebound.example.org")
    assert line.channel.test(replace(line.webhook, address=address, internal=False)).answer == "internal"
    assert line.receiver.calls == []
    # Numbers in other spellings are names to us, and numbers to the system.
    for spelt in ("2130706433", "0x7f.1", "0177.0.0.1"):
        address = line.receiver.url.replace("127.0.0.1", spelt)
        assert line.channel.test(replace(line.webhook, address=address, internal=False)).result is Result.LATER
    assert line.receiver.calls == []
    assert line.channel.test(line.webhook).result is Result.SENT


def test_of_several_addresses_only_public_ones_are_asked_and_the_name_is_looked_up_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = named(monkeypatch, "both.example.org", "10.0.0.1", "127.0.0.1")
    monkeypatch.setattr("sidecar.services.webhooks.reaching.is_public", lambda address: address != "10.0.0.1")
    monkeypatch.setenv("NO_PROXY", "*")
    address = line.receiver.url.replace("127.0.0.1", "both.example.org")
    assert line.channel.test(replace(line.webhook, address=address, internal=False)).result is Result.SENT
    assert len(asked) == 1
    assert line.receiver.calls[0].headers["host"].startswith("both.example.org")


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "*.example.org", "a..example.org", "nowhere.invalid"])
def test_a_name_that_is_none_is_unreachable_and_no_fault(line: Line, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    for internal in (False, True):
        outcome = line.channel.test(replace(line.webhook, address=f"https://{host}/", internal=internal))
        assert (outcome.result, outcome.answer) == (Result.LATER, "unreachable")


def test_a_proxy_in_ones_own_network_is_asked_and_decides(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", line.receiver.url)
    address = replace(line.webhook, address="http://called.example.org/hook", internal=False)
    assert line.channel.test(address).result is Result.SENT
    assert line.receiver.calls[0].path == "http://called.example.org/hook"


# --- answers that do not end ---------------------------------------------------------------------------------------

PIECES = 400
"""So many pieces there would be, of which hardly any may come."""


@contextmanager
def dribbling(first: bytes, piece: bytes) -> Iterator[tuple[str, list[int]]]:
    """A server that answers piece by piece; its address, and a list of how many it could send."""
    listener = socket.create_server(("127.0.0.1", 0))
    sent: list[int] = []
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        count = 0
        with connection:
            connection.recv(65536)
            with suppress(OSError):
                connection.sendall(first)
                while count < PIECES and not stop.wait(0.02):
                    connection.sendall(piece)
                    count += 1
                connection.sendall(b"\r\nHTTP/1.1 204 No Content\r\n\r\n")
        sent.append(count)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", sent
    finally:
        stop.set()
        thread.join(timeout=10)
        listener.close()


@pytest.mark.parametrize(
    ("first", "piece", "answer"),
    [
        (b"HTT", b"P", "timeout"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "timeout"),
        (b"HTTP/1.1 204 No Content\r\nX-Slow: ", b"a", "204"),
    ],
    ids=["a status", "go on", "a header"],
)
def test_an_answer_that_drips_holds_nobody(
    line: Line, first: bytes, piece: bytes, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "WHOLE", 0.3)
    with dribbling(first, piece) as (url, sent):
        assert line.channel.test(replace(line.webhook, address=url)).answer == answer
    assert sent[0] < PIECES


def test_of_an_endless_body_nothing_is_read(line: Line) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with dribbling(head, b"10000\r\n" + b" " * 65536 + b"\r\n") as (url, sent):
        assert line.channel.test(replace(line.webhook, address=url)).result is Result.SENT
    assert sent[0] < PIECES


def test_a_head_without_end_is_no_arrival(line: Line) -> None:
    with dribbling(b"HTTP/1.1 204 No Content\r\n" + b"X: " + b"a" * 200_000, b"") as (url, _):
        assert line.channel.test(replace(line.webhook, address=url)).answer == "unreachable"


# --- certificates --------------------------------------------------------------------------------------------------


@dataclass
class Secured:
    """A receiver behind TLS, and the certificate that vouches for it."""

    receiver: Receiver
    url: str
    certificate: Path


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Callable[..., Secured]]:
    with receiving() as receiver:
        stops: list[Callable[[], None]] = []

        def made(host: str = "127.0.0.1", *, days: int = 1) -> Secured:
            certificate = _certificate(tmp_path, host, days)
            url, stop = _encrypting(receiver.url, certificate)
            stops.append(stop)
            return Secured(receiver, url, certificate)

        yield made
        for stop in stops:
            stop()


def test_a_certificate_that_nobody_vouches_for_is_refused(line: Line, secured: Callable[..., Secured]) -> None:
    there = secured()
    assert line.channel.test(replace(line.webhook, address=there.url)).answer == "tls"
    assert there.receiver.calls == []


@pytest.mark.parametrize(("host", "days"), [("127.0.0.2", 1), ("127.0.0.1", -1)], ids=["another's", "over"])
def test_somebody_elses_certificate_and_one_that_is_over_are_refused(
    line: Line, secured: Callable[..., Secured], host: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = secured(host, days=days)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(there.certificate))
    assert line.channel.test(replace(line.webhook, address=there.url)).answer == "tls"
    assert there.receiver.calls == []


def test_a_certificate_that_the_machine_trusts_is_taken(
    line: Line, secured: Callable[..., Secured], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = secured()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(there.certificate))
    assert line.channel.test(replace(line.webhook, address=there.url)).result is Result.SENT
    assert len(there.receiver.calls) == 1


def test_the_certificate_is_the_names_not_the_addresss(
    line: Line, secured: Callable[..., Secured], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = secured("called.example.org")
    named(monkeypatch, "called.example.org", "127.0.0.1")
    monkeypatch.setattr("sidecar.services.webhooks.reaching.is_public", lambda address: True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(there.certificate))
    monkeypatch.setenv("NO_PROXY", "*")
    address = there.url.replace("127.0.0.1", "called.example.org")
    assert line.channel.test(replace(line.webhook, address=address, internal=False)).result is Result.SENT


def _certificate(folder: Path, host: str, days: int) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    ends = datetime.now(UTC) + timedelta(days=days)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=3))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return file


def _encrypting(url: str, certificate: Path) -> tuple[str, Callable[[], None]]:
    """TLS in front of a server; one connection after the other."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    host, port = url.split("/")[2].split(":")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with (
                    context.wrap_socket(raw, server_side=True) as secure,
                    socket.create_connection((host, int(port))) as behind,
                ):
                    secure.settimeout(5)
                    behind.settimeout(5)
                    # A head and a short body come in one piece or two.
                    behind.sendall(secure.recv(65536))
                    secure.settimeout(0.2)
                    with suppress(TimeoutError):
                        behind.sendall(secure.recv(65536))
                    secure.sendall(behind.recv(65536))
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def stop() -> None:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=10)

    return url.replace("http:", "https:").replace(port, str(listener.getsockname()[1])), stop
