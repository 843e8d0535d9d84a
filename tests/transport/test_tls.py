"""TLS over real sockets, with certificates made on the spot by the openssl program."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import closing, contextmanager, suppress

import pytest
from requests.adapters import HTTPAdapter

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.sources.hubspot.client import HubSpotTransport
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.transport.http import HttpTransport
from crmsync.transport.sessions import SessionTransport, pooled_session
from crmsync.transport.tls import tls_context

OPENSSL = shutil.which("openssl") or ""
SECRET = Request("POST", "/", {"x-api-key": "canary-9f31c2"}, b"{}")
pytestmark = pytest.mark.skipif(not OPENSSL, reason="makes certificates with openssl")


AUTHORITY = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
"""


@pytest.fixture
def certificate(tmp_path):
    """Makes a self-signed certificate for a name: paths of (certificate, key)."""

    def openssl(*arguments):
        subprocess.run([OPENSSL, *arguments], check=True, capture_output=True, cwd=tmp_path)

    def make(name, *, until="20991231000000Z"):
        (tmp_path / "index.txt").touch()
        (tmp_path / "own.cnf").write_text(AUTHORITY)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key")
        names = ("-subj", "/CN=x", "-addext", f"subjectAltName={name}")
        openssl("req", "-new", *key, *names, "-out", "csr")
        dates = ("-startdate", "20200101000000Z", "-enddate", until)
        signed = ("ca", "-selfsign", "-batch", "-notext", "-config", "own.cnf")
        openssl(*signed, *dates, "-keyfile", "key", "-in", "csr", "-out", "cert.pem")
        return str(tmp_path / "cert.pem"), str(tmp_path / "key")

    return make


@contextmanager
def tls_server(cert, key, *, old=False):
    """Answers 200 to whoever completes the handshake; yields (port, what was received)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    got: list[bytes] = []

    def serve(listener):
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as peer:
                    while not b"".join(got).endswith(SECRET.body) and (data := peer.recv(65_536)):
                        got.append(data)
                    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], got
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)


def by_httpx(port, ca_file=None):
    return HttpTransport(f"https://127.0.0.1:{port}", timeout=30, ca_file=ca_file)


def by_requests(port, ca_file=None):
    session = pooled_session()
    if ca_file:
        adapter = session.get_adapter(f"https://127.0.0.1:{port}")
        assert isinstance(adapter, HTTPAdapter)
        adapter.poolmanager.connection_pool_kw["ssl_context"] = tls_context(ca_file)
    return SessionTransport(session, host="127.0.0.1", deadline=5, max_bytes=1_000)


def by_hubspots_client(port):
    table = {"access_token": "canary-9f31c2", "base_url": f"https://127.0.0.1:{port}"}
    return HubSpotTransport(HubSpotSettings.model_validate(table))


def ask(transport, port):
    with closing(transport):
        return transport.send(SECRET._replace(url=f"https://127.0.0.1:{port}/"))


TRUSTING = {"httpx": by_httpx, "requests": by_requests}
CLIENTS = TRUSTING | {"hubspot": by_hubspots_client}


@pytest.mark.parametrize("client", TRUSTING.values(), ids=TRUSTING.keys())
def test_a_trusted_certificate_is_taken_and_sec21_no_session_key_is_kept(
    client, certificate, monkeypatch, tmp_path
):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    cert, key = certificate("IP:127.0.0.1")
    with tls_server(cert, key) as (port, got):
        answer = ask(client(port, cert), port)

    assert answer.body == b"{}"
    assert b"canary" in b"".join(got)
    assert not (tmp_path / "keys").exists()


REFUSED = {
    "SEC22-F64-expired": ("IP:127.0.0.1", "20200102000000Z", True),
    "SEC23-F64-wrong-host": ("IP:127.0.0.2", "20991231000000Z", True),
    "SEC24-F64-unknown-authority": ("IP:127.0.0.1", "20991231000000Z", False),
}


@pytest.mark.parametrize("client", TRUSTING.values(), ids=TRUSTING.keys())
@pytest.mark.parametrize(("name", "until", "known"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.fault(64)
@pytest.mark.invariant(23)
def test_an_untrusted_certificate_is_refused_and_the_secret_stays(
    client, certificate, name, until, known
):
    cert, key = certificate(name, until=until)
    with (
        tls_server(cert, key) as (port, got),
        pytest.raises(FatalError, match="not trusted"),
    ):
        ask(client(port, cert if known else None), port)

    assert got == []


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_sec21_no_variable_makes_an_authority_trusted_or_keeps_keys(
    client, certificate, monkeypatch, tmp_path
):
    cert, key = certificate("IP:127.0.0.1")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, cert)
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    with (
        tls_server(cert, key) as (port, got),
        pytest.raises(FatalError, match="not trusted"),
    ):
        ask(client(port), port)

    assert got == []
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("client", TRUSTING.values(), ids=TRUSTING.keys())
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_sec25_a_server_that_speaks_tls_1_1_alone_gets_nothing(client, certificate):
    cert, key = certificate("IP:127.0.0.1")
    with (
        tls_server(cert, key, old=True) as (port, got),
        pytest.raises(FatalError, match="only speaks TLS older than"),
    ):
        ask(client(port, cert), port)

    assert got == []


@pytest.mark.fault(65)
def test_a_handshake_that_hangs_ends_at_the_deadline_undelivered():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = HttpTransport(f"https://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        with closing(transport), pytest.raises(RetryableError, match="in time") as caught:
            transport.send(SECRET)

    assert not caught.value.maybe_delivered


def test_a_port_without_tls_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def greet():
            with plain.accept()[0] as peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                peer.recv(65_536)

        thread = threading.Thread(target=greet)
        thread.start()
        transport = HttpTransport(f"https://127.0.0.1:{plain.getsockname()[1]}", timeout=30)
        with closing(transport), pytest.raises(FatalError, match="does not speak TLS"):
            transport.send(SECRET)
        thread.join(30)


@pytest.mark.fault(64)
def test_the_context_verifies_and_refuses_old_versions():
    context = tls_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.keylog_filename is None
