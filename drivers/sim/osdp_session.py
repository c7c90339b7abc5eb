"""The reader's end of OSDP's Secure Channel (IEC 60839-11-5, annex D)."""

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.doors.osdp_frames import Frame, unsealed

# The published default key, good only to install a real one.
DEFAULT_KEY = bytes(range(0x30, 0x40))
_BLOCK = 16


class SecureSession:
    """One session: made from a challenge, open once the panel proved that it knows the key.

    `seal` and `unseal` must be called in the order of the messages: each code continues the last one.
    """

    def __init__(self, key: bytes, challenge: bytes, nonce: bytes) -> None:
        """`challenge` (8 bytes) came from the panel, `nonce` (8 bytes) is ours."""
        self._encrypt_key, self._mac1, self._mac2 = (
            _block(key, bytes([1, kind]) + challenge[:6] + bytes(8)) for kind in (0x82, 0x01, 0x02)
        )
        self.nonce = nonce
        self.cryptogram = _block(self._encrypt_key, challenge + nonce)
        self._expected = _block(self._encrypt_key, nonce + challenge)
        self._received = self._sent = bytes(_BLOCK)
        self.open = False

    def accept(self, cryptogram: bytes) -> bytes | None:
        """Return the first code of the chain, None where the panel's proof is wrong."""
        if not hmac.compare_digest(cryptogram, self._expected):
            return None
        self._sent = _block(self._mac2, _block(self._mac1, cryptogram))
        self.open = True
        return self._sent

    def unseal(self, frame: Frame) -> bytes | None:
        """Return the data of an authenticated command, None where it is not genuine."""
        code = self._code(unsealed(frame), self._sent)
        if not hmac.compare_digest(code[:4], frame.mac):
            return None
        plain = frame.data
        if frame.security[0] == 0x17 and plain:
            plain = _unpadded(_decrypted(self._encrypt_key, _inverse(self._sent), plain))
        self._received = code
        return plain

    def seal(self, frame: Frame) -> Frame:
        """Return the reply with its data encrypted and its code appended."""
        data = frame.data
        if data:
            data = _encrypted(self._encrypt_key, _inverse(self._received), _padded(data))
        sealed = Frame(
            frame.address,
            reply=True,
            sequence=frame.sequence,
            code=frame.code,
            data=data,
            security=bytes([0x18 if data else 0x16]),
            crc=frame.crc,
        )
        self._sent = self._code(unsealed(sealed), self._received)
        return Frame(
            sealed.address,
            reply=True,
            sequence=sealed.sequence,
            code=sealed.code,
            data=data,
            security=sealed.security,
            mac=self._sent[:4],
            crc=frame.crc,
        )

    def _code(self, body: bytes, chained: bytes) -> bytes:
        whole = body if len(body) % _BLOCK == 0 else _padded(body)
        head, last = whole[:-_BLOCK], whole[-_BLOCK:]
        if head:
            chained = _encrypted(self._mac1, chained, head)[-_BLOCK:]
        return _encrypted(self._mac2, chained, last)


def _padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % _BLOCK)


def _unpadded(data: bytes) -> bytes:
    stripped = data.rstrip(b"\0")
    return stripped[:-1] if stripped.endswith(b"\x80") else data


def _inverse(code: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in code)


def _block(key: bytes, block: bytes) -> bytes:
    # One block at a time is what the standard derives its keys with.
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
    encryptor = cipher.encryptor()
    return encryptor.update(block) + encryptor.finalize()


def _encrypted(key: bytes, initial: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(initial)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypted(key: bytes, initial: bytes, data: bytes) -> bytes:
    if len(data) % _BLOCK:
        return b""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(initial)).decryptor()
    return decryptor.update(data) + decryptor.finalize()
