"""Short texts that lie sealed in the registers, and the tags by which two of them are told to be the same.

A tag is keyed BLAKE2b under a key that HKDF derives from the sealing key: whoever has the database alone can
neither read a number from its tag nor try all numbers against it.
"""

import functools
import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.store import sealing
from edge.store.sealing import SealingKey, Tampered

ID_NUMBER = "id number"
PHONE = "phone"

_TAG_BYTES = 32


def seal(key: SealingKey, text: str, *, purpose: str) -> bytes:
    """Return a text sealed for one purpose, such as ID_NUMBER."""
    return sealing.seal_bound(key, text.encode(), _bound(key, purpose))


def unseal(key: SealingKey, sealed: bytes, *, purpose: str) -> str:
    """Return the text that was sealed for this purpose. Tampered: it does not open."""
    plain = sealing.unseal_bound(key, sealed, _bound(key, purpose))
    if plain is not None:
        return plain.decode()
    raise Tampered(
        "registers.text_tampered",
        "a sealed entry ({purpose}) does not open: it was altered or sealed under another key; restore the "
        "key file, or enter it again",
        purpose=purpose,
    )


def tag(key: SealingKey, text: str, *, purpose: str) -> bytes:
    """Return 32 bytes that are equal for equal texts of one purpose under one key, and say nothing else."""
    derived = _tagging_key(key, purpose)
    return hashlib.blake2b(text.encode(), digest_size=_TAG_BYTES, key=derived).digest()


@functools.lru_cache(maxsize=8)
def _tagging_key(key: SealingKey, purpose: str) -> bytes:
    info = b"\0".join((b"menwei tag", purpose.encode()))
    return HKDF(SHA256(), length=_TAG_BYTES, salt=None, info=info).derive(key.secret)


def _bound(key: SealingKey, purpose: str) -> bytes:
    return b"\0".join((b"menwei sealed text", bytes([key.generation]), purpose.encode()))
