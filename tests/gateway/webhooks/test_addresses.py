"""Where webhooks never go, however it is written: item 13 of the security list."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from gateway.webhooks.addresses import refusal
from gateway.webhooks.connecting import AddressRefused, Connections, DeliveryFailed, look_up, target_of
from gateway.webhooks.settings import WebhookSettings

PUBLIC = "93.184.215.14"
LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)
INSIDE = [
    "169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",  # metadata of clouds
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.1",
    "198.18.0.1", "192.0.2.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "ff02::1", "2001:db8::1", "3fff::1", "5f00::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "::127.0.0.1", "::169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:5db8:d70e::1", "2001:0:5ef5::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address):
    assert refusal(address) is not None


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", f"::ffff:{PUBLIC}"])
def test_a_public_address_is_open(address):
    assert refusal(address) is None


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_is_judged_the_same_in_every_form_of_ipv6(address):
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    assert (refusal(str(address)) is None) == (refusal(str(mapped)) is None) == (refusal(str(translated)) is None)
    assert refusal(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))) is not None
    assert refusal(str(ipaddress.IPv6Address(number))) is not None
    if not address.is_global:
        assert refusal(str(address)) is not None


def _post(connections, url):
    async def run():
        try:
            return await connections().post(url, [(b"Content-Type", b"application/json")], b"{}")
        finally:
            pass

    return asyncio.run(run())


class _Inside:
    """A server that must not be reached; counts who does."""

    def __init__(self, context=None, status=200, location=None):
        inside = self
        self.hits = []
        self.names = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                inside.hits.append(self.headers["Host"])
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format, *args):
                """Quiet."""

        class Server(HTTPServer):
            def handle_error(self, request, client_address):
                """A refused handshake is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            context.sni_callback = lambda _, name, __: inside.names.append(name)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def inside():
    made = []

    def make(*args, **more):
        made.append(_Inside(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]",
     "[::ffff:7f00:1]", "0", "169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:1]"],
)  # fmt: skip
def test_security_13_webhook_ssrf_no_form_of_an_inner_address_is_reached(inside, host):
    server = inside()
    settings = WebhookSettings(ports=(server.port, 443, 80), timeout_seconds=3)
    for scheme in ("http", "https"):
        with pytest.raises(AddressRefused):
            _post(lambda: Connections(settings), f"{scheme}://{host}:{server.port}/latest/meta-data")
    assert server.hits == []


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://", "https:///x", "//example.com",
     "https://user:password@example.com/", "https://example.com/#part", "https://exa mple.com/", "https://[::1",
     "https://example.com:99999/", "https://①②⑦.⓪.⓪.①/", "https://example。com/", "https://fe80::1%25eth0/"],
)  # fmt: skip
def test_a_url_that_is_none_for_webhooks_is_refused_unresolved(url):
    async def never(host, port):
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(AddressRefused):
        asyncio.run(Connections(WebhookSettings(), never).check(url))


def test_a_port_that_is_not_open_and_plain_http_are_refused():
    async def public(host, port):
        return [PUBLIC]

    for url in (
        "https://example.com:22/",
        "https://example.com:6379/",
        "http://example.com/",
        "http://example.com:443/",
    ):
        with pytest.raises(AddressRefused):
            asyncio.run(Connections(WebhookSettings(), public).check(url))
    asyncio.run(Connections(WebhookSettings(), public).check("https://example.com:8443/x?y=1"))


def test_one_inner_address_among_public_ones_is_enough_to_refuse():
    async def mixed(host, port):
        return [PUBLIC, "10.0.0.1"]

    with pytest.raises(AddressRefused):
        asyncio.run(Connections(WebhookSettings(), mixed).check("https://example.com/"))


def test_security_13_webhook_ssrf_a_redirect_is_not_followed(inside):
    secret = inside()
    door = inside(status=307, location=f"http://127.0.0.1:{secret.port}/latest/meta-data")
    settings = WebhookSettings(allowed_networks=("127.0.0.0/8",))
    assert _post(lambda: Connections(settings), f"http://127.0.0.1:{door.port}/") == 307
    assert len(door.hits) == 1
    assert secret.hits == []


def test_security_13_webhook_ssrf_rebinding_reaches_nothing(inside):
    """A name that is public when it is checked and inner when it is looked up again: it is never looked up again."""
    server = inside()
    answers, asked = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]), []

    async def rebinding(host, port):
        asked.append(host)
        return next(answers)

    settings = WebhookSettings(ports=(server.port,), timeout_seconds=1)
    connected = []

    async def deliver():
        connections = Connections(settings, rebinding)
        pool = connections._pools[True]
        backend = pool._network_backend._network
        right = backend.connect_tcp

        async def noted(host, *args, **more):
            connected.append(host)
            return await right(host, *args, **more)

        backend.connect_tcp = noted
        for _ in range(2):
            with pytest.raises((AddressRefused, DeliveryFailed)):
                await connections.post(f"https://rebind.example:{server.port}/", [], b"{}")
        await connections.close()

    asyncio.run(deliver())
    # The first post goes to the address that was checked, whatever the name means by now; the second is refused.
    assert connected == [PUBLIC]
    assert asked == ["rebind.example"] * 2
    assert server.hits == []


def _certificate(name, key, issuer=None, issuer_key=None):
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )  # fmt: skip
    if issuer is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return subject, builder.sign(issuer_key or key, hashes.SHA256())


@pytest.fixture(scope="module")
def receiver_of(tmp_path_factory):
    """A TLS context for a name, and the file of the authority that vouches for it."""
    folder = tmp_path_factory.mktemp("authority")
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, root = _certificate("authority", authority_key)
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))

    def make(name):
        _, leaf = _certificate(name, key, authority, authority_key)
        file = folder / f"{name}.pem"
        file.write_bytes(
            leaf.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    return make, folder / "ca.pem"


async def _here(host, port):
    return ["127.0.0.1"]


def test_the_name_stays_the_name_in_tls_and_host_though_the_address_is_connected_to(inside, receiver_of):
    make, authority = receiver_of
    server = inside(make("receiver.example"))
    settings = WebhookSettings(allowed_networks=("127.0.0.0/8",), ca_file=authority)
    url = f"https://receiver.example:{server.port}/hook"
    assert _post(lambda: Connections(settings, _here), url) == 200
    assert server.names == ["receiver.example"]
    assert server.hits == [f"receiver.example:{server.port}"]


@pytest.mark.parametrize("trusting", [True, False])
def test_a_certificate_of_another_name_or_of_nobody_is_refused(inside, receiver_of, trusting):
    make, authority = receiver_of
    server = inside(make("another.example" if trusting else "receiver.example"))
    settings = WebhookSettings(allowed_networks=("127.0.0.0/8",), ca_file=authority if trusting else None)
    with pytest.raises(DeliveryFailed, match=r"(?i)certificate"):
        _post(lambda: Connections(settings, _here), f"https://receiver.example:{server.port}/")
    assert server.hits == []


def test_no_proxy_of_the_environment_is_used(inside, monkeypatch):
    proxy, server = inside(), inside()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    settings = WebhookSettings(allowed_networks=("127.0.0.0/8",))
    assert _post(lambda: Connections(settings), f"http://127.0.0.1:{server.port}/") == 200
    assert (len(server.hits), proxy.hits) == (1, [])


def test_a_receiver_that_drips_its_answer_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def drip():
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    for _ in range(100):
                        peer.sendall(b"x")
                        if done.wait(0.05):
                            return
                except OSError:
                    return

        done = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        settings = WebhookSettings(allowed_networks=("127.0.0.0/8",), timeout_seconds=0.5)
        with pytest.raises(DeliveryFailed, match=r"0\.5 seconds"):
            _post(lambda: Connections(settings), f"http://127.0.0.1:{port}/")
        done.set()
        thread.join()


def test_names_are_looked_up_by_the_system():
    assert "127.0.0.1" in asyncio.run(look_up("localhost", 80)) or "::1" in asyncio.run(look_up("localhost", 80))
    assert target_of("https://Example.COM/x").host == "example.com"
    assert all(refusal(address, LOCAL) is None for address in ("127.0.0.1", "127.9.9.9"))


def test_a_seat_refuses_such_a_webhook_when_it_is_made(hooks):
    for url in ("https://169.254.169.254/", "http://10.0.0.1:8080/", "https://[::ffff:10.0.0.1]/", "ftp://127.0.0.1/"):
        refused = hooks.client.post("/v1/webhooks", {"url": url}, wait=None)
        assert (refused.status_code, refused.json()["code"]) == (422, "webhook.url_refused"), url
    assert hooks.client.get("/v1/webhooks")["items"] == []
