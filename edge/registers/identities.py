"""ID numbers and phone numbers of people: sealed on disk, told apart by tags, shown masked."""

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from edge.refusal import Refused
from edge.registers import id_number, sealed_text, subjects
from edge.store.sealing import SealingKey, Tampered

# Who was born today has a number of China's today, wherever the box stands.
_CHINA = timezone(timedelta(hours=8))

_SEPARATORS = re.compile(r"[\s\-()]")
_PHONE = re.compile(r"\+?[0-9]{7,15}")
_CHINESE = re.compile(r"(?:\+|00)?86(1[0-9]{10})")
_HEAD, _TAIL = 3, 4


@dataclass(frozen=True, slots=True)
class Masked:
    """A person's numbers as they are shown; None where there is none.

    `damaged` names those that do not open: altered, or the key file is lost or another.
    """

    id_number: str | None = None
    phone: str | None = None
    damaged: tuple[str, ...] = ()


def sealed_id_number(
    connection: sqlite3.Connection, key: SealingKey, text: str, *, but: int | None, now: float
) -> dict[str, bytes | None]:
    """Return the columns of an ID number, an empty text for none. Refused: it is none, or of another person.

    `but` is the person whose number it may be already.
    """
    if not text.strip():
        return {"id_number": None, "id_number_tag": None}
    number = id_number.checked(text, today=datetime.fromtimestamp(now, UTC).astimezone(_CHINA).date())
    tag = sealed_text.tag(key, number, purpose=sealed_text.ID_NUMBER)
    known = connection.execute("SELECT id FROM people WHERE id_number_tag = ?", (tag,)).fetchone()
    if known is not None and known[0] != but:
        raise Refused(
            "registers.id_number_registered",
            "this ID number is that of {subject}: change that entry, or correct the number",
            subject=subjects.person(known[0]),
        )
    sealed = sealed_text.seal(key, number, purpose=sealed_text.ID_NUMBER)
    return {"id_number": sealed, "id_number_tag": tag}


def sealed_phone(key: SealingKey, text: str) -> dict[str, bytes | None]:
    """Return the column of a phone number, an empty text for none. Refused: it cannot be one."""
    if not text.strip():
        return {"phone": None}
    return {"phone": sealed_text.seal(key, phone_called(text), purpose=sealed_text.PHONE)}


def phone_called(text: str) -> str:
    """Return a phone number in digits, without China's 86 before a mobile. Refused: it is none."""
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    chinese = _CHINESE.fullmatch(digits)
    digits = chinese[1] if chinese else digits
    if _PHONE.fullmatch(digits):
        return digits
    raise Refused("registers.phone_form", "a phone number has 7 to 15 digits, such as 13800001234")


def masked_phone(number: str) -> str:
    """Return a phone number with all but its first 3 and last 4 characters covered."""
    covered = len(number) - _HEAD - _TAIL
    return number[:_HEAD] + "*" * covered + number[-_TAIL:] if covered > 0 else "***" + number[-_TAIL:]


def masked(
    connection: sqlite3.Connection, key: SealingKey | None, person: int | None = None
) -> dict[int, Masked]:
    """Return the masked numbers of one person, or of all, by id; without a key each one counts as damaged."""
    rows = connection.execute(
        "SELECT id, id_number, phone FROM people"
        " WHERE (? IS NULL OR id = ?) AND (id_number IS NOT NULL OR phone IS NOT NULL)",
        (person, person),
    )
    return {found: _masked(key, number, phone) for found, number, phone in rows}


def bearers(connection: sqlite3.Connection, key: SealingKey, text: str) -> set[int]:
    """Return the ids of people whose ID number or phone number is exactly `text`, however it is spaced."""
    squeezed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    tag = sealed_text.tag(key, squeezed, purpose=sealed_text.ID_NUMBER)
    found = {row[0] for row in connection.execute("SELECT id FROM people WHERE id_number_tag = ?", (tag,))}
    if _PHONE.fullmatch(squeezed):
        number = phone_called(squeezed)
        rows = connection.execute("SELECT id, phone FROM people WHERE phone IS NOT NULL")
        found |= {person for person, sealed in rows if _opened(key, sealed, sealed_text.PHONE) == number}
    return found


def _masked(key: SealingKey | None, number: bytes | None, phone: bytes | None) -> Masked:
    shown_number, shown_phone = (
        _opened(key, number, sealed_text.ID_NUMBER),
        _opened(key, phone, sealed_text.PHONE),
    )
    opened = (("id_number", number, shown_number), ("phone", phone, shown_phone))
    return Masked(
        None if shown_number is None else id_number.masked(shown_number),
        None if shown_phone is None else masked_phone(shown_phone),
        tuple(name for name, sealed, shown in opened if sealed is not None and shown is None),
    )


def _opened(key: SealingKey | None, sealed: bytes | None, purpose: str) -> str | None:
    if key is None or sealed is None:
        return None
    try:
        return sealed_text.unseal(key, sealed, purpose=purpose)
    except Tampered:
        return None
