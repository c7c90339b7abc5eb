"""Probes behind a broker that proves who it is; and what is said of servers that cannot be reached."""

import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt import publish

from drivers.base import Denied, DeviceError, Misconfigured, Transient
from drivers.listening.faults import probe_fault
from drivers.listening.mqtt_wire import BrokerWiring, MqttWire
from drivers.listening.udp_wire import UdpWire

LOOPBACK = "127.0.0.1"
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None, reason="mosquitto is not installed: apt-get install mosquitto"
)


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def certificate(folder, address=LOOPBACK):
    """Write a self-signed certificate for an address and its key; return both paths."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        builder.not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_file, key_file


@pytest.fixture
def tls_broker(tmp_path):
    """Return a function that starts mosquitto with a certificate for an address; it returns port and path."""
    running = []

    def start(address=LOOPBACK):
        cert, key = certificate(tmp_path, address)
        port, settings = free_port(), tmp_path / "mosquitto.conf"
        lines = [f"listener {port} {LOOPBACK}", "allow_anonymous true", f"certfile {cert}", f"keyfile {key}"]
        settings.write_text("\n".join([*lines, "user root"]) + "\n")
        process = subprocess.Popen(
            [MOSQUITTO, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        running.append(process)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                socket.create_connection((LOOPBACK, port), timeout=0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return port, cert
        raise AssertionError("mosquitto did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


def wire(port, ca_file=None, *, host=LOOPBACK, tls=True):
    ca_file = None if ca_file is None else str(ca_file)
    return MqttWire(
        BrokerWiring(host, port, ("probes/#",), "menwei-test", tls=tls, ca_file=ca_file), probe_fault
    )


def refusal(wire):
    with pytest.raises(DeviceError) as refused:
        wire.open()
    wire.close()
    return refused.value


@needs_mosquitto
def test_a_broker_whose_certificate_is_trusted_is_listened_to(tls_broker):
    port, cert = tls_broker()
    listening = wire(port, cert)
    listening.open()
    try:
        heard, deadline = (), time.monotonic() + 8
        while not heard and time.monotonic() < deadline:
            publish.single("probes/1", b"{}", hostname=LOOPBACK, port=port, tls={"ca_certs": str(cert)})
            heard = listening.read(0.2)
        assert [(chunk.sender, chunk.data) for chunk in heard][:1] == [("probes/1", b"{}")]
    finally:
        listening.close()


@needs_mosquitto
def test_a_broker_that_nobody_vouches_for_is_not_listened_to_and_the_reason_is_said(tls_broker):
    port, _ = tls_broker()
    error = refusal(wire(port))
    assert (type(error), error.key) == (Denied, "probe.broker_untrusted")
    assert error.values["detail"] == f"{LOOPBACK}:{port}: self-signed certificate"


@needs_mosquitto
def test_a_certificate_for_another_address_is_not_trusted(tls_broker):
    port, cert = tls_broker("127.0.0.9")
    error = refusal(wire(port, cert))
    assert error.key == "probe.broker_untrusted"
    assert "IP address mismatch" in error.values["detail"]


def test_a_file_that_holds_no_certificate_is_named_with_the_reason(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing of the kind\n")
    error = refusal(wire(1, tmp_path / "ca.pem"))
    assert (type(error), error.key) == (Misconfigured, "probe.ca_unreadable")
    assert error.values["detail"] == f"{tmp_path / 'ca.pem'}: NO_CERTIFICATE_OR_CRL_FOUND"


def test_a_name_that_nobody_knows_is_said_to_be_unknown(monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    error = refusal(wire(1883, host="broker.invalid", tls=False))
    assert (type(error), error.key) == (Transient, "probe.broker_unreachable")
    assert error.values["detail"] == "broker.invalid:1883: Name or service not known"


def test_an_address_to_listen_at_that_is_none_is_said_to_be_unknown():
    error = refusal(UdpWire("no such address", 9, probe_fault))
    assert (type(error), error.key) == (Misconfigured, "probe.address_unusable")
    assert "Unknown error" not in error.values["detail"]
