"""What an import of people would do: houses, organisations, people and ties."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from edge.access.register import PersonKind
from edge.refusal import Refused
from edge.registers.houses import Address
from edge.registers.sheets.fields import day_written
from edge.registers.sheets.headed import Headed, Problem, RowReader, missing
from edge.registers.sheets.people_identity import Identities, Misidentified
from edge.registers.sheets.people_rows import PersonRow, RowTie, read_person
from edge.registers.sheets.plan import (
    Outcome,
    PeopleWrites,
    PersonWrite,
    Place,
    Plan,
    PlannedRow,
    TieWrite,
    contradict,
    grouped,
    problem_row,
)
from edge.registers.sheets.registered import Registered, RegisteredPerson, RegisteredTie
from edge.registers.ties import TieKind

_SAID: tuple[tuple[str, Callable[[PersonRow], object]], ...] = (
    ("name", lambda row: row.name),
    ("id_number", lambda row: row.id_number),
    ("kind", lambda row: row.kind),
    ("phone", lambda row: row.phone),
)


def plan_people(sheet: Headed, registered: Registered, *, zone: dt.tzinfo, today: dt.date) -> Plan:
    """Return what importing a sheet of people would do."""
    done: list[PlannedRow] = []
    rows: list[PersonRow] = []
    for row in sheet.rows:
        reader = RowReader(sheet, row)
        person = read_person(reader, zone=zone, today=today)
        if person is None:
            done.append(problem_row(row.number, reader.shown("name"), *reader.problems))
        else:
            rows.append(person)
    gathered = _Gathered(sheet, registered, zone)
    for known, group in _groups(sheet, registered, rows, done):
        done.extend(gathered.plan(known, group))
    return Plan(
        "people",
        tuple(sorted(done, key=lambda row: row.number)),
        gathered.writes(),
        sheet.ignored,
        sheet.unread,
    )


def _groups(
    sheet: Headed, registered: Registered, rows: Sequence[PersonRow], done: list[PlannedRow]
) -> list[tuple[RegisteredPerson | None, list[PersonRow]]]:
    identities = Identities(registered.people, rows)
    people = {person.id: person for person in registered.people}
    keyed: list[tuple[Hashable, PersonRow]] = []
    for row in rows:
        try:
            identities.require_one_number(row)
            keyed.append((identities.key(row, identities.registered(row)), row))
        except Misidentified as unclear:
            done.append(_problem(sheet, row, unclear.field, unclear.refused))
    groups = []
    for key, group in grouped(keyed).items():
        known = people.get(key) if isinstance(key, int) else None
        field_name, numbers = _contradiction(group)
        if field_name is None:
            groups.append((known, group))
        else:
            done.extend(_problem(sheet, row, field_name, contradict(numbers)) for row in group)
    return groups


def _problem(sheet: Headed, row: PersonRow, field_name: str, refused: Refused) -> PlannedRow:
    return problem_row(row.number, row.name, Problem(sheet.called(field_name), refused))


def _contradiction(group: Sequence[PersonRow]) -> tuple[str | None, list[int]]:
    for field_name, said in _SAID:
        speaking = [row for row in group if said(row) is not None]
        if len({said(row) for row in speaking}) > 1:
            return field_name, [row.number for row in speaking]
    begins: dict[tuple[Place, TieKind], tuple[float, int]] = {}
    for row in group:
        for tie in row.ties:
            if tie.since_s is None:
                continue
            before, number = begins.setdefault((tie.place, tie.tie), (tie.since_s, row.number))
            if before != tie.since_s:
                return tie.since_field, [number, row.number]
    return None, []


@dataclass(slots=True)
class _Gathered:
    """The writes of all groups so far."""

    sheet: Headed
    registered: Registered
    zone: dt.tzinfo
    houses: dict[Address, None] = field(default_factory=dict)
    organisations: dict[str, None] = field(default_factory=dict)
    people: list[PersonWrite] = field(default_factory=list)
    ties: list[TieWrite] = field(default_factory=list)
    tie_begins: list[tuple[int, float]] = field(default_factory=list)
    seen_people: list[int] = field(default_factory=list)
    seen_ties: list[int] = field(default_factory=list)
    seen_places: dict[Place, None] = field(default_factory=dict)
    added: int = 0

    def plan(self, known: RegisteredPerson | None, group: Sequence[PersonRow]) -> list[PlannedRow]:
        """Take in the rows about one person; return their outcomes."""
        kind = next((row.kind for row in group if row.kind is not None), None)
        if known is None:
            kind = kind or _kind_of(group)
            unfit = self._unfit(group, kind)
            if unfit:
                return unfit
            self.added += 1
        person = -self.added if known is None else known.id
        self._write_person(person, known, kind, group)
        planned = []
        given: set[object] = set()
        begins = {
            (tie.place, tie.tie): tie.since_s for row in group for tie in row.ties if tie.since_s is not None
        }
        for row in group:
            changes = [*_said_anew(known, row, given), *self._tied_anew(person, known, row, given, begins)]
            outcome: Outcome = (
                "new" if known is None and row is group[0] else "changed" if changes else "same"
            )
            shown = () if outcome == "new" else tuple(dict.fromkeys(map(self.sheet.called, changes)))
            planned.append(PlannedRow(row.number, row.name, outcome, shown))
        self.seen_people.append(person)
        return planned

    def writes(self) -> PeopleWrites:
        """Return all that the groups bring."""
        return PeopleWrites(
            tuple(self.houses),
            tuple(self.organisations),
            tuple(self.people),
            tuple(self.ties),
            tuple(self.tie_begins),
            tuple(self.seen_people),
            tuple(self.seen_ties),
            tuple(self.seen_places),
        )

    def _unfit(self, group: Sequence[PersonRow], kind: PersonKind | None) -> list[PlannedRow]:
        field_name = "phone" if any(row.masked_phone for row in group) else "kind" if kind is None else None
        if field_name is None:
            return []
        return [_problem(self.sheet, row, field_name, missing()) for row in group]

    def _write_person(
        self, person: int, known: RegisteredPerson | None, kind: PersonKind | None, group: Sequence[PersonRow]
    ) -> None:
        number = next((row.id_number for row in group if row.id_number is not None), None)
        phone = next((row.phone for row in group if row.phone is not None), None)
        name = group[0].name
        write = PersonWrite(person, name, kind, number, phone)
        if known is not None:
            write = PersonWrite(
                person,
                None if name == known.name else name,
                None if kind == known.kind else kind,
                None if number == known.id_number else number,
                None if phone == known.phone else phone,
            )
        if write != PersonWrite(person):
            self.people.append(write)

    def _tied_anew(
        self,
        person: int,
        known: RegisteredPerson | None,
        row: PersonRow,
        given: set[object],
        begins: Mapping[tuple[Place, TieKind], float],
    ) -> list[str]:
        changes = []
        for tie in row.ties:
            self._note_place(tie.place)
            had = _had(known, tie)
            if had is not None:
                self.seen_ties.append(had.id)
            begin = begins.get((tie.place, tie.tie))
            if (tie.tie, tie.place) in given or (had is not None and tie.since_s is None):
                continue
            given.add((tie.tie, tie.place))
            if had is None:
                self.ties.append(TieWrite(person, tie.place, tie.tie, begin))
                changes.append(tie.field)
            elif begin is not None and not self._same_day(begin, had.since_s):
                self.tie_begins.append((had.id, begin))
                changes.append(tie.since_field)
        return changes

    def _note_place(self, place: Place) -> None:
        self.seen_places[place] = None
        if isinstance(place, Address):
            if place not in self.registered.houses:
                self.houses[place] = None
        elif place not in self.registered.organisations:
            self.organisations[place] = None

    def _same_day(self, one_s: float, other_s: float) -> bool:
        return day_written(one_s, self.zone) == day_written(other_s, self.zone)


def _said_anew(known: RegisteredPerson | None, row: PersonRow, given: set[object]) -> list[str]:
    changes = []
    for field_name, said in _SAID:
        value = said(row)
        had = None if known is None else getattr(known, field_name)
        if value is not None and value != had and field_name not in given:
            given.add(field_name)
            changes.append(field_name)
    return changes


def _had(known: RegisteredPerson | None, tie: RowTie) -> RegisteredTie | None:
    ties = () if known is None else known.ties
    return next((had for had in ties if had.place == tie.place and had.tie == tie.tie), None)


def _kind_of(group: Sequence[PersonRow]) -> PersonKind | None:
    """Return what somebody is who lives here; whoever only works here is not guessed at."""
    ties = {tie.tie for row in group for tie in row.ties if isinstance(tie.place, Address)}
    if "rents" in ties:
        return "tenant"
    return "resident" if ties & {"owns", "lives"} else None
