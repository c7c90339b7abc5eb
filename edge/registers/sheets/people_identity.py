"""Whom a row of people is about: by ID number, else by name and place."""

from collections.abc import Hashable, Iterable, Mapping

from edge.refusal import Refused
from edge.registers import id_number
from edge.registers.houses import Address
from edge.registers.sheets.people_rows import PersonRow
from edge.registers.sheets.plan import contradict
from edge.registers.sheets.registered import RegisteredPerson


class Misidentified(Exception):
    """A row is about nobody in particular: `field` is where, `refused` says why and what to do."""

    def __init__(self, field: str, refused: Refused) -> None:
        self.field = field
        self.refused = refused
        super().__init__(str(refused))


class Identities:
    """Who is registered and who stands in the file, for the question whom a row is about."""

    def __init__(self, registered: Iterable[RegisteredPerson], rows: Iterable[PersonRow]) -> None:
        self._by_number: dict[str, RegisteredPerson] = {}
        self._by_name: dict[str, list[RegisteredPerson]] = {}
        for person in registered:
            if person.id_number is not None:
                self._by_number[person.id_number] = person
            self._by_name.setdefault(person.name, []).append(person)
        self._rows_at: Mapping[tuple[str, Address], dict[str, list[int]]] = _numbers_at(rows)

    def registered(self, row: PersonRow) -> RegisteredPerson | None:
        """Return the registered person whom a row is about, if any. Misidentified: several may be."""
        if row.id_number is not None:
            known = self._by_number.get(row.id_number)
            return known if known is not None else self._before_the_number(row)
        namesakes = self._by_name.get(row.name, [])
        if row.masked_id is not None:
            fitting = [one for one in namesakes if id_number.masked(one.id_number or "") == row.masked_id]
            if len(fitting) > 1:
                fitting = [one for one in fitting if one.belongs_to(row.place)]
            if len(fitting) == 1:
                return fitting[0]
            raise Misidentified("id_number", _masked_stranger())
        fitting = [one for one in namesakes if one.belongs_to(row.place)]
        if len(fitting) > 1:
            raise Misidentified("id_number", _several())
        return fitting[0] if fitting else None

    def key(self, row: PersonRow, known: RegisteredPerson | None) -> Hashable:
        """Return what is equal for the rows about one person. Misidentified: several rows may be meant."""
        if known is not None:
            return known.id
        numbers = {} if row.address is None else self._rows_at.get((row.name, row.address), {})
        if row.id_number is not None:
            return row.id_number
        if len(numbers) > 1:
            raise Misidentified("id_number", _several())
        for number in numbers:
            owner = self._by_number.get(number)
            return number if owner is None else owner.id
        return row.name, row.place

    def require_one_number(self, row: PersonRow) -> None:
        """Misidentified: other rows put somebody of this name with another ID number into the same house."""
        if row.id_number is None or row.address is None:
            return
        numbers = self._rows_at[row.name, row.address]
        if len(numbers) > 1:
            raise Misidentified(
                "id_number", contradict(sorted({at for rows in numbers.values() for at in rows}))
            )

    def _before_the_number(self, row: PersonRow) -> RegisteredPerson | None:
        if row.address is None:
            return None
        here = [one for one in self._by_name.get(row.name, []) if one.belongs_to(row.address)]
        if len(here) > 1:
            raise Misidentified("name", _several())
        if here and here[0].id_number is not None:
            raise Misidentified("id_number", _other_number())
        return here[0] if here else None


def _numbers_at(rows: Iterable[PersonRow]) -> dict[tuple[str, Address], dict[str, list[int]]]:
    found: dict[tuple[str, Address], dict[str, list[int]]] = {}
    for row in rows:
        if row.id_number is not None and row.address is not None:
            numbers = found.setdefault((row.name, row.address), {})
            numbers.setdefault(row.id_number, []).append(row.number)
    return found


def _several() -> Refused:
    return Refused(
        "sheets.several_people",
        "several people of this name may be meant: write the whole ID number",
    )


def _masked_stranger() -> Refused:
    return Refused(
        "sheets.masked_stranger",
        "the ID number is masked and fits nobody registered under this name: write the whole number",
    )


def _other_number() -> Refused:
    return Refused(
        "sheets.other_id_number",
        "somebody of this name is registered in this house with another ID number: compare both with the "
        "card; if the register is wrong, correct it with `menwei person change`",
    )
