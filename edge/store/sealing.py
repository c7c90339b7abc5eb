"""What lies sealed on disk: AES-256-GCM under a key file that only its owner can read.

Sealed bytes are the key's generation (1 byte), a nonce (12 bytes), the ciphertext and its tag (16 bytes).
What they belong to is authenticated with them: of a face template that is subject and engine, so that one
that was altered, or moved to somebody else's row, does not open. NIST SP 800-38D: random 96-bit nonces are
good for 2**32 seals a key.
"""

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.refusal import Refused

FIRST_GENERATION = 1

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The key of one generation, 1 to 255; never printed."""

    generation: int
    secret: bytes = field(repr=False)


class Tampered(Refused):
    """A sealed template does not open: altered, moved, or sealed under another key."""


def seal(
    key: SealingKey, template: bytes, *, subject: str, engine: str, entropy: Entropy = secrets.token_bytes
) -> bytes:
    """Return a template sealed for one subject and one engine."""
    return seal_bound(key, template, _bound(key.generation, subject, engine), entropy=entropy)


def unseal(key: SealingKey, sealed: bytes, *, subject: str, engine: str) -> bytes:
    """Return the template that was sealed for this subject and engine. Tampered: it does not open."""
    template = unseal_bound(key, sealed, _bound(key.generation, subject, engine))
    if template is not None:
        return template
    raise Tampered(
        "registers.template_tampered",
        "a face template of {subject} does not open: it was altered or sealed under another key; restore the "
        "key file, or remove the entry and register it again",
        subject=subject,
    )


def seal_bound(
    key: SealingKey, plain: bytes, bound: bytes, *, entropy: Entropy = secrets.token_bytes
) -> bytes:
    """Return bytes sealed together with what they are bound to; `bound` names the kind of thing first."""
    nonce = entropy(_NONCE_BYTES)
    return bytes([key.generation]) + nonce + AESGCM(key.secret).encrypt(nonce, plain, bound)


def unseal_bound(key: SealingKey, sealed: bytes, bound: bytes) -> bytes | None:
    """Return the bytes that were sealed under this key and bound so; None where they do not open."""
    if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[0] != key.generation:
        return None
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key.secret).decrypt(nonce, body, bound)
    except InvalidTag:
        return None


def load_key(path: Path) -> SealingKey:
    """Return the key in a key file. Refused: absent, readable by others, or of a wrong size."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Refused(
            "registers.key_missing",
            "there is no key file {file}: restore it from the backup",
            file=path,
        ) from None
    except OSError as error:
        raise Refused(
            "registers.key_unreadable",
            "the key file {file} cannot be read ({reason}): check its owner and mode",
            file=path,
            reason=error.strerror,
        ) from None
    try:
        _require_private(path, os.fstat(descriptor))
        content = os.read(descriptor, _KEY_BYTES + 2)
    finally:
        os.close(descriptor)
    if len(content) != 1 + _KEY_BYTES or content[0] < FIRST_GENERATION:
        raise Refused(
            "registers.key_size",
            "the key file {file} is damaged: restore it from the backup",
            file=path,
        )
    return SealingKey(content[0], content[1:])


def load_or_create_key(path: Path, *, entropy: Entropy = secrets.token_bytes) -> SealingKey:
    """Return the key in `path`; where there is none, make one: the first wins, none sees half a key."""
    if not path.exists():
        create_private_file(path, bytes([FIRST_GENERATION]) + entropy(_KEY_BYTES))
    return load_key(path)


def create_private_file(path: Path, content: bytes) -> None:
    """Make a file that only its owner can read, whole or not at all; one that is there already stands."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first, and its key stands
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode) or mode not in {0o600, 0o400}:
        raise Refused(
            "registers.key_mode",
            "the key file {file} has mode {mode}: others could read it; run chmod 600 on it",
            file=path,
            mode=f"{mode:04o}",
        )


def _bound(generation: int, subject: str, engine: str) -> bytes:
    return b"\0".join((b"menwei face template", bytes([generation]), subject.encode(), engine.encode()))
