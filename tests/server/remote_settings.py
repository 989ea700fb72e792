"""A server that reviews and signs: its keys, its settings, and the signing service that some of its buckets use."""

import base64
import functools
import json
import socket
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kinto_sdk.testing import Backend
from tests.certificates import Authority, pem_of

SIGNER = "remote-settings.content-signature.example.com"

RESOURCES = """
    /buckets/main-workspace -> /buckets/main-preview -> /buckets/main
    /buckets/free-workspace -> /buckets/free
    /buckets/certified-workspace -> /buckets/certified
    /buckets/main-workspace/collections/special -> /buckets/other/collections/published
"""


def options(backend: Backend) -> dict[str, Any]:
    """The options of a server whose reviews follow the strictest policy in `main`, and none in `free`.

    Those of `certified` are signed by a service that has certificates.
    """
    port = free_port(backend)
    return {
        "port": port,
        "plugins": ("kinto_signer", "kinto_changes"),
        "settings": {
            "http_scheme": "http",
            "http_host": f"127.0.0.1:{port}",
            "signer.resources": RESOURCES,
            "signer.signer_backend": "kinto_signer.signer.local_ecdsa",
            "signer.ecdsa.private_key": str(private_key()),
            "signer.to_review_enabled": True,
            "signer.group_check_enabled": True,
            "signer.editors_group": "{collection_id}-editors",
            "signer.reviewers_group": "{collection_id}-reviewers",
            **unchecked("free-workspace"),
            **unchecked("certified-workspace"),
            "signer.certified-workspace.signer_backend": "kinto_signer.signer.autograph",
            "signer.autograph.server_url": signing_service().url,
            "signer.autograph.hawk_id": "kinto",
            "signer.autograph.hawk_secret": "secret",
            "changes.resources": "/buckets/main /buckets/main-preview /buckets/free /buckets/certified",
        },
    }


def unchecked(bucket: str) -> dict[str, bool]:
    """The settings of a bucket that anybody publishes."""
    return {f"signer.{bucket}.to_review_enabled": False, f"signer.{bucket}.group_check_enabled": False}


@functools.cache
def free_port(backend: Backend) -> int:
    """A port for the server of this backend: it has to know its own address to redirect."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@functools.cache
def private_key() -> Path:
    """The file of the key that the server signs with."""
    path = Path(tempfile.mkdtemp()) / "key.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP384R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def public_key() -> bytes:
    """The key that verifies what the server signs, in PEM."""
    key = serialization.load_pem_private_key(private_key().read_bytes(), None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@attrs.define(eq=False)
class SigningService:
    """A service that signs for the server, with a key that a root vouches for, and shows its certificates."""

    url: str = ""
    chain: bytes = b""
    root_fingerprint: str = ""
    chain_requests: int = 0


@functools.cache
def signing_service() -> SigningService:
    """The one service of this process, running."""
    root = Authority.root("root", days=1)
    intermediate = root.issue("intermediate", ca=True)
    leaf = intermediate.issue(SIGNER, dns=SIGNER)
    service = SigningService(
        chain=pem_of(leaf, intermediate, root), root_fingerprint=root.certificate.fingerprint(hashes.SHA256()).hex(":")
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.chain_requests += 1
            self.reply(service.chain)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            signed = b"Content-Signature:\x00" + base64.b64decode(asked[0]["input"])
            r, s = decode_dss_signature(leaf.key.sign(signed, ec.ECDSA(hashes.SHA384())))
            text = base64.urlsafe_b64encode(r.to_bytes(48) + s.to_bytes(48)).decode()
            answer = {"signature": text, "x5u": f"{service.url}/chain.pem", "mode": "p384ecdsa", "ref": "1"}
            self.reply(json.dumps([answer]).encode())

        def reply(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    return service
