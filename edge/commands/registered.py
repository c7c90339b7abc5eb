"""Entries of the registers in words: who confirmed them, who belongs where, what an erasure came to."""

from collections.abc import Mapping

from edge import catalogue
from edge.commands.opening import Opened
from edge.registers.erasing import Erasure
from edge.registers.people import Person
from edge.registers.ties import Tie
from edge.registers.vehicles import Vehicle
from edge.store import sealing
from edge.store.sealing import SealingKey


def word(box: Opened, name: str) -> str:
    """Return a word of the registers, such as `person_kind_resident`."""
    return catalogue.text(f"registers.{name}", box.language)


def key_to_read(box: Opened) -> SealingKey | None:
    """Return the sealing key, None where there is none. Refused: it cannot be used."""
    return sealing.load_key(box.key_file) if box.key_file.exists() else None


def confirmed(box: Opened, confirmed_s: float | None, confirmed_by: str | None) -> str:
    """Return when and by whom an entry was confirmed."""
    if confirmed_s is None:
        return word(box, "never_confirmed")
    return catalogue.text("registers.confirmed", box.language, at=box.at(confirmed_s), by=confirmed_by)


def tie_in_words(box: Opened, tie: Tie) -> str:
    """Return what a tie says: who, what, where, since when, and until when it holds or held."""
    until = "" if tie.until_s is None else box.at(tie.until_s)
    return catalogue.text(
        "registers.tie" if tie.until_s is None else "registers.tie_until",
        box.language,
        id=tie.id,
        name=tie.name,
        tie=word(box, f"tie_{tie.tie}"),
        where=tie.where,
        since=box.at(tie.since_s)[:10],
        until=until,
        confirmed=confirmed(box, tie.confirmed_s, tie.confirmed_by),
    )


def person_in_words(box: Opened, person: Person, where: Mapping[int, list[Tie]]) -> str:
    """Return a person's line of a listing; `where` are the ties that hold, by person."""
    places = " ".join(
        f"{word(box, f'tie_{tie.tie}')}{_gap(box)}{tie.where}" for tie in where.get(person.id, ())
    )
    return catalogue.text(
        "registers.person",
        box.language,
        id=person.id,
        name=person.name,
        kind=word(box, f"person_kind_{person.kind}"),
        where=places or "-",
        templates=person.templates,
        confirmed=confirmed(box, person.confirmed_s, person.confirmed_by),
    )


def vehicle_in_words(box: Opened, vehicle: Vehicle) -> str:
    """Return a vehicle's line of a listing."""
    looks = (
        vehicle.plate_type and word(box, f"plate_type_{vehicle.plate_type}"),
        vehicle.colour and word(box, f"colour_{vehicle.colour}"),
    )
    parking = word(box, f"parking_{vehicle.parking}")
    if vehicle.until_s is not None:
        until = box.at(vehicle.until_s)
        parking = catalogue.text("registers.parking_until", box.language, parking=parking, until=until)
    return catalogue.text(
        "registers.vehicle",
        box.language,
        id=vehicle.id,
        plate=vehicle.plate,
        owner=vehicle.owner,
        looks=" ".join(part for part in looks if part) or "-",
        parking=parking,
        confirmed=confirmed(box, vehicle.confirmed_s, vehicle.confirmed_by),
    )


def say_erasure(box: Opened, erasure: Erasure) -> None:
    """Tell what of a person was removed, what goes under which pseudonym, and what is kept and why."""
    box.say("registers.person_erased", subject=erasure.subject, name=erasure.label)
    _, _, person = erasure.subject.partition("/")
    pseudonym = catalogue.text("registers.erased_person", box.language, id=person)
    for what, count in erasure.removed.items():
        box.say("registers.removed", what=_counted(box, f"removed_{what}", count))
    for what, count in erasure.pseudonymised.items():
        told = _counted(box, f"pseudonymised_{what}", count)
        box.say("registers.pseudonymised", what=told, pseudonym=pseudonym)
    for what, count in erasure.kept.items():
        box.say("registers.kept", what=_counted(box, f"kept_{what}", count))


def _counted(box: Opened, name: str, count: int) -> str:
    return catalogue.text(f"registers.{name}", box.language, count=count)


def _gap(box: Opened) -> str:
    # English parts words, Chinese does not.
    return " " if box.language == "en" else ""
