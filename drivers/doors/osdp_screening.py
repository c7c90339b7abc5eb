"""Which replies libosdp may see, and how a reader is cut off from it: pure functions of frames.

libosdp 3.2.9 takes a card read without any authentication for genuine, inside an open Secure Channel, when
its frame bears a security block of the handshake. It gives a reader up for 300 s after one broken frame, and
repeats a command for 9 s that nobody answered.
"""

from drivers.doors.osdp_frames import Command, Frame, Reply

_SESSION = (0x16, 0x18)
_HANDSHAKE = {0x12: Reply.CCRYPT, 0x14: Reply.RMAC_I}
_PLAIN = frozenset({Reply.ACK, Reply.NAK, Reply.PDID, Reply.PDCAP, Reply.BUSY})
_SECURITY_CAPABILITY = 9
_NAK_CHECKSUM, _NAK_SECURITY = b"\x01", b"\x06"


def passes(reply: Frame, asked: Frame, *, speaks_crc: bool) -> bool:
    """Whether `reply` may be an answer to the command `asked`.

    What is told inside a session needs its code, which the library checks; outside there are only the
    handshake and who a reader is. A reader that speaks CRC never answers with a weaker checksum, and one that
    found a command broken is asked again: the library would do without CRC from then on.
    """
    if not reply.reply or reply.address != asked.address or (speaks_crc and not reply.crc):
        return False
    if reply.sequence != asked.sequence and reply.code not in (Reply.NAK, Reply.BUSY):
        return False
    if reply.mac:
        return reply.security[0] in _SESSION
    if reply.security:
        return reply.code == _HANDSHAKE.get(reply.security[0])
    if reply.code == Reply.NAK and reply.data == _NAK_CHECKSUM:
        return not speaks_crc
    return reply.code in _PLAIN


def secure_channel(reply: Frame, asked: Frame) -> bool | None:
    """Return whether a reader offers a Secure Channel, None where the reply does not tell.

    It says so among what it can do, and by how it takes a challenge.
    """
    if asked.code == Command.CHLNG and reply.code in (Reply.CCRYPT, Reply.NAK):
        return reply.code == Reply.CCRYPT
    if asked.code == Command.CAP and reply.code == Reply.PDCAP and not reply.mac:
        return _SECURITY_CAPABILITY in reply.data[::3]
    return None


def hang_up(asked: Frame) -> Frame:
    """Return the refusal on which the library lets go of a command at once."""
    return Frame(
        asked.address,
        reply=True,
        sequence=asked.sequence,
        code=Reply.NAK,
        data=_NAK_SECURITY,
        crc=asked.crc,
    )
