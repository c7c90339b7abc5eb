"""Visitors' passes as QR codes: signed by the box, so that nobody can make one up.

A code is `MW` and, in base32 without padding, a version (1 byte), the visitor's number (4 bytes), the pass's
nonce (8 bytes) and an Ed25519 signature (RFC 8032) of all that: 126 characters of QR's alphanumeric set.
"""

import base64
import binascii
import logging
import secrets
import stat
import struct
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from drivers.base import Malformed
from edge.access.register import AccessRegister
from edge.refusal import Refused
from edge.store import sealing

NONCE_BYTES = 8

_PREFIX = "MW"
_VERSION = 1
_BODY = struct.Struct(">BI8s")
_SIGNATURE_BYTES = 64
_SEED_BYTES = 32
_DOMAIN = b"menwei visitor pass\0"

log = logging.getLogger("menwei.access")

Judge = Callable[[str, AccessRegister], tuple[int | None, str | None]]


def token(key: Ed25519PrivateKey, visitor: int, nonce: bytes) -> str:
    """Return the text of a pass's QR code; `nonce` is the 8 bytes that the register holds for it."""
    body = _BODY.pack(_VERSION, visitor, nonce)
    signed = body + key.sign(_DOMAIN + body)
    return _PREFIX + base64.b32encode(signed).decode("ascii").rstrip("=")


def read(key: Ed25519PublicKey, text: str) -> tuple[int, bytes]:
    """Return visitor and nonce of a scanned code. Raises only Malformed: not signed by this box."""
    try:
        signed = _decoded(text)
        body = signed[: _BODY.size]
        key.verify(signed[_BODY.size :], _DOMAIN + body)
    except (ValueError, InvalidSignature) as error:
        raise Malformed("visitors.pass_forged", "this code is no pass of this box") from error
    version, visitor, nonce = _BODY.unpack(body)
    if version != _VERSION:
        raise Malformed("visitors.pass_forged", "this code is no pass of this box")
    return visitor, nonce


def judge(key: Ed25519PublicKey, text: str, register: AccessRegister) -> tuple[int | None, str | None]:
    """Return whose pass a code is, and why it is no good: forged, unknown, replaced."""
    try:
        visitor, nonce = read(key, text)
    except Malformed:
        return None, "pass_forged"
    known = register.passes.get(visitor)
    if known is None:
        return None, "pass_unknown"
    return visitor, None if secrets.compare_digest(known.nonce, nonce) else "pass_replaced"


def judge_with(path: Path) -> Judge:
    """Return a judge that goes by the box's key as it is in its file; without one every code is forged.

    A key that cannot be used is told in the log, and as the problem of every code.
    """
    held: dict[tuple[int, int], Ed25519PublicKey] = {}

    def judged(text: str, register: AccessRegister) -> tuple[int | None, str | None]:
        try:
            found = path.stat()
            which = found.st_ino, found.st_mtime_ns
            if which not in held:
                key = load_key(path).public_key()
                held.clear()
                held[which] = key
        except FileNotFoundError:
            return None, "pass_forged"
        except (OSError, Refused) as error:
            log.warning("visitors' passes cannot be judged: %s", error)
            return None, "pass_key_unusable"
        return judge(held[which], text, register)

    return judged


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """Return the key that signs passes; where there is none, make one (mode 0600)."""
    if not path.exists():
        sealing.create_private_file(path, secrets.token_bytes(_SEED_BYTES))
    return load_key(path)


def load_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a key file. Refused: unreadable, readable by others, or of a wrong size."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as error:
        raise Refused(
            "visitors.key_unreadable",
            "the key file {file} cannot be read ({reason}): check its owner and mode",
            file=path,
            reason=error.strerror,
        ) from None
    if mode not in {0o600, 0o400} or len(content) != _SEED_BYTES:
        raise Refused(
            "visitors.key_unfit",
            "the key file {file} is damaged or readable by others: restore it with mode 0600, or move it "
            "away and issue every pass again",
            file=path,
        )
    return Ed25519PrivateKey.from_private_bytes(content)


def _decoded(text: str) -> bytes:
    """Return the bytes of a code. ValueError: it is none."""
    text = text.strip().upper()
    if not text.startswith(_PREFIX) or len(text) > 200:
        raise ValueError("no pass")
    body = text.removeprefix(_PREFIX)
    try:
        signed = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error as error:
        raise ValueError("no base32") from error
    if len(signed) != _BODY.size + _SIGNATURE_BYTES:
        raise ValueError("another length")
    return signed
