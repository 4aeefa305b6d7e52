"""A server that wants encryption and a password: it is let in nowhere else, and a password goes to no stranger."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.mail.server import PASSWORD, Server
from schemas.errors import TerminalError
from schemas.mail import Mail
from tests.pipelines.mail.dying_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Started = Callable[[str], MailServer]

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

SECRET = "canary-1b7e"  # noqa: S105


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, which nobody has signed but itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    form, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(made.public_bytes(form) + key.private_bytes(form, kind, serialization.NoEncryption()))
    return path


@pytest.fixture
def started(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """Start a server with the encryption that is named, which takes `rebates` with the right password."""
    servers = []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv(PASSWORD, SECRET)

    def authenticate(_server: object, _session: object, _envelope: object, _way: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        is_right = (given.login, given.password) == (b"rebates", SECRET.encode())
        return AuthResult(success=is_right, handled=False)

    def start(tls: str) -> MailServer:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        secure = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
        # What comes by implicit encryption has none of its own in the eyes of aiosmtpd.
        wants = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
        servers.append(MailServer(**secure, **wants))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def mail(server: MailServer, tls: str) -> Mail:
    made = {"host": "127.0.0.1", "port": server.port, "tls": tls, "user": "rebates", "to_domains": ("any",)}
    return Mail.model_validate({**made, "sender": "a@b.example"})


def deliver(server: MailServer, tls: str) -> str:
    with Server(mail(server, tls), "b.example") as connection:
        return connection.deliver("a@b.example", "c@d.example", b"Subject: x\r\n\r\n.dot\r\n").state


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_takes_messages_over_an_encrypted_connection_with_a_password(started: Started, tls: str) -> None:
    server = started(tls)
    assert deliver(server, tls) == "sent"
    assert [content.endswith(b"\r\n\r\n.dot\r\n") for _, content in server.taken.messages] == [True]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_that_nobody_vouches_for_hears_no_password(
    started: Started, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = started(tls)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(TerminalError, match="does not let us in"):
        deliver(server, tls)
    assert server.taken.messages == []


def test_a_wrong_password_or_none_is_told_and_not_repeated(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    server = started("starttls")
    monkeypatch.setenv(PASSWORD, "canary-wrong")
    with pytest.raises(TerminalError, match="535") as refused:
        deliver(server, "starttls")
    assert "canary" not in str(refused.value)
    monkeypatch.delenv(PASSWORD)
    with pytest.raises(TerminalError, match="wants a password and none is set"):
        deliver(server, "starttls")
    assert server.taken.messages == []


@pytest.mark.parametrize("host", ["smtp.rayler.example", "10.0.0.1"])
def test_nothing_goes_in_the_open_to_another_machine(host: str) -> None:
    with pytest.raises(ValueError, match="in the open"):
        Mail.model_validate({"host": host, "tls": "none", "sender": "a@b.example", "to_domains": ["any"]})
