"""What the community server says on the reply topic."""

import msgspec

from drivers.base import Malformed

MOST_IDS = 1000


class Answer(msgspec.Struct, frozen=True):
    """Ids that the server has taken over, and whether it wants what waits to be sent at once."""

    ids: tuple[str, ...] = ()
    resend: bool = False


def read_answer(payload: bytes) -> Answer:
    """Decode a reply. Malformed: it is none."""
    try:
        answer = msgspec.json.decode(payload, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(str(error)) from error
    if len(answer.ids) > MOST_IDS:
        raise _malformed(f"more than {MOST_IDS} ids")
    return answer


def _malformed(why: str) -> Malformed:
    return Malformed("uplink.malformed", "the server's reply cannot be read ({why}): it is dropped", why=why)
