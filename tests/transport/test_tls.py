"""TLS over real sockets, with certificates made on the spot by the openssl program."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.transport.http import HttpTransport
from crmsync.transport.wire import tls_context

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
def tls_server(cert, key, *, newest=ssl.TLSVersion.TLSv1_3):
    """Answers 200 to whoever completes the handshake; yields (port, what was received)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.maximum_version = newest
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
        thread.join(5)


def test_a_trusted_certificate_is_taken(certificate, monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    cert, key = certificate("IP:127.0.0.1")
    with tls_server(cert, key) as (port, got):
        transport = HttpTransport(f"https://127.0.0.1:{port}", timeout=5, ca_file=cert)
        answer = transport.send(SECRET)
        transport.close()

    assert answer.body == b"{}"
    assert b"canary" in b"".join(got)
    assert not (tmp_path / "keys").exists()


REFUSED = {
    "F64-unknown-authority": ("IP:127.0.0.1", "20991231000000Z", False),
    "F64-wrong-host": ("IP:127.0.0.2", "20991231000000Z", True),
    "F64-expired": ("IP:127.0.0.1", "20200102000000Z", True),
}


@pytest.mark.parametrize(("name", "until", "known"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.fault(64)
@pytest.mark.invariant(23)
def test_an_untrusted_certificate_is_refused_and_the_secret_stays(certificate, name, until, known):
    cert, key = certificate(name, until=until)
    ca_file = cert if known else None
    with tls_server(cert, key) as (port, got):
        transport = HttpTransport(f"https://127.0.0.1:{port}", timeout=5, ca_file=ca_file)
        with closing(transport), pytest.raises(FatalError, match="not trusted"):
            transport.send(SECRET)

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
        transport = HttpTransport(f"https://127.0.0.1:{plain.getsockname()[1]}", timeout=5)
        with closing(transport), pytest.raises(FatalError, match="does not speak TLS"):
            transport.send(SECRET)
        thread.join(5)


@pytest.mark.fault(64)
def test_the_context_verifies_and_refuses_old_versions():
    context = tls_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.keylog_filename is None
