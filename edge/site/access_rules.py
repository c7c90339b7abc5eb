"""What no single value of a site file's access section can show: names that lead nowhere, contradictions.

Like `edge.site.rules` it looks at plain values of any shape.
"""

import re
from collections.abc import Iterator
from datetime import date

from edge.site import door_rules, lane_rules, schedule_rules
from edge.site.access import ALL
from edge.site.errors import Finding, Place, written
from edge.site.inventory import Inventory, inventory
from edge.site.lane_rules import unknown_contact
from edge.site.naming import each_unknown, unknown
from edge.site.plain import Plain, listed, part, parts, sections, texts
from edge.site.sections import DATES

LONGEST_SPAN_DAYS = 366


def findings(data: Plain) -> Iterator[Finding]:
    """Yield every contradiction of a site file's access section."""
    access = part(data, "access")
    has = inventory(data)
    openings = (*has.doors, *part(access, "lanes"))
    yield from schedule_rules.findings(access)
    yield from _holidays(access)
    yield from _ids(access, has)
    for name, group in parts(access, "door_groups"):
        yield from each_unknown("opening", group, "openings", openings, ("access", "door_groups", name))
    for index, right in sections(access, "rights"):
        yield from _right(right, access, openings, ("access", "rights", index))
    for index, contact in texts(access, "fire"):
        yield from unknown_contact(contact, has, ("access", "fire", index))
    yield from door_rules.findings(access, has)
    yield from lane_rules.findings(access, has)


def _holidays(access: Plain) -> Iterator[Finding]:
    for index, text in texts(access, "holidays"):
        if not re.fullmatch(DATES, text):
            continue
        place: Place = ("access", "holidays", index)
        begin, _, end = text.partition("/")
        try:
            span = (date.fromisoformat(end or begin) - date.fromisoformat(begin)).days
        except ValueError:
            yield Finding(place, "site.date_impossible")
            continue
        if not 0 <= span <= LONGEST_SPAN_DAYS:
            yield Finding(place, "site.dates_reversed", {"most": LONGEST_SPAN_DAYS})


def _ids(access: Plain, has: Inventory) -> Iterator[Finding]:
    """Rights, exceptions and passes name doors, lanes and groups alike, so that no two may share an id."""
    taken = dict(has.devices)
    for section in ("lanes", "door_groups"):
        for name in part(access, section):
            place: Place = ("access", section, name)
            if name == ALL:
                yield Finding(place, "site.id_reserved", {"id": ALL})
            elif name in taken:
                yield Finding(place, "site.id_taken", {"id": name, "other": taken[name]})
            taken.setdefault(name, written(place))


def _right(right: Plain, access: Plain, openings: tuple[str, ...], place: Place) -> Iterator[Finding]:
    known = (ALL, *openings, *part(access, "door_groups"))
    yield from each_unknown("opening", right, "openings", known, place)
    yield from unknown("schedule", right.get("schedule"), part(access, "schedules"), (*place, "schedule"))
    if not any(any(listed(right, who)) for who in ("kinds", "buildings", "organisations")):
        yield Finding(place, "site.right_for_nobody")
