"""What can happen to simulated devices, in words: `card 1042 at north-door`, `cut zone 3`, `stall cam-2`."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.refusal import Refused

_KINDS = {
    "device": r"[a-z0-9][a-z0-9-]*",
    "number": r"\d{1,10}",
    "keys": r"[0-9*#]{1,16}",
    "tag": r"[0-9A-Za-z]{4,16}",
    "zone": r"[0-9A-Za-z_-]+",
    "contact": r"[a-z0-9-]+",
    "volts": r"\d{1,5}",
    "share": r"\d{1,3}",
    "seconds": r"\d+(?:\.\d+)?",
    "people": r"\d{1,4}",
}

FORMS: tuple[tuple[str, str], ...] = (
    ("card", "card NUMBER at DEVICE"),
    ("keys", "keys KEYS at DEVICE"),
    ("tag", "tag TAG at DEVICE"),
    ("open", "open DEVICE"),
    ("close", "close DEVICE"),
    ("exit", "exit at DEVICE"),
    ("tamper", "tamper DEVICE"),
    ("mend", "mend DEVICE"),
    ("mains", "power mains DEVICE"),
    ("battery", "power battery DEVICE"),
    ("cut", "cut zone ZONE [of DEVICE]"),
    ("short", "short zone ZONE [of DEVICE]"),
    ("climb", "climb zone ZONE [of DEVICE]"),
    ("mend-zone", "mend zone ZONE [of DEVICE]"),
    ("volts", "volts VOLTS zone ZONE [of DEVICE]"),
    ("arm", "arm DEVICE"),
    ("disarm", "disarm DEVICE"),
    ("car", "car at DEVICE"),
    ("car-gone", "car gone from DEVICE"),
    ("contact-open", "contact CONTACT open of DEVICE"),
    ("contact-closed", "contact CONTACT closed of DEVICE"),
    ("crowd", "crowd PEOPLE at DEVICE"),
    ("unplug", "unplug DEVICE"),
    ("plug", "plug DEVICE"),
    ("stall", "stall DEVICE"),
    ("resume", "resume DEVICE"),
    ("noise", "noise SHARE% on DEVICE"),
    ("duplicate", "duplicate DEVICE"),
    ("reorder", "reorder DEVICE"),
    ("slow", "slow DEVICE SECONDSs"),
    ("wrong-key", "wrong key DEVICE"),
    ("right-key", "right key DEVICE"),
    ("restart-other", "restart DEVICE with zone ZONE alarm"),
    ("restart", "restart DEVICE"),
    ("swap", "swap DEVICE"),
    ("wait", "wait SECONDSs"),
)
"""Every verb with the form it is written in; words in capitals stand for what is filled in."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that happens. `device` is a device's or a wire's id, None where none is named."""

    name: str
    device: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


Action = Callable[[Verb], None]


@dataclass(frozen=True, slots=True)
class Timed:
    """A line of a script: a verb, and when it happens, in seconds after the start."""

    at_s: float
    verb: Verb
    line: int


def parse(text: str, devices: Collection[str]) -> Verb:
    """Return what a line says. Refused: no such verb or device, with the nearest one."""
    words = " ".join(text.split())
    for name, pattern in _PATTERNS:
        found = pattern.fullmatch(words)
        if found is not None:
            values = {key: value for key, value in found.groupdict().items() if value is not None}
            device = values.pop("device", None)
            if device is not None and device not in devices:
                raise _unknown_device(device, devices)
            return Verb(name, device, values)
    raise _unknown_verb(words)


def script(text: str, file: Path, devices: Collection[str]) -> tuple[Timed, ...]:
    """Return the lines of a script in the order of their time. Refused: the first line that is wrong.

    A line may begin with `+SECONDS` after the start; without, it follows the one before. `wait 2s` lets time
    pass. `#` begins a comment.
    """
    lines: list[Timed] = []
    now_s = 0.0
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.partition("#")[0].strip()
        stamp = re.match(r"\+(\d+(?:\.\d+)?)\s+(?=\S)", line)
        if stamp is not None:
            now_s, line = float(stamp[1]), line[stamp.end() :]
        if not line:
            continue
        try:
            verb = parse(line, devices)
        except Refused as refused:
            raise Refused(
                "simulate.script_line", "{file}:{line}: {why}", file=file, line=number, why=refused
            ) from None
        if verb.name == "wait":
            now_s += float(verb.values["seconds"])
        else:
            lines.append(Timed(now_s, verb, number))
    return tuple(sorted(lines, key=lambda timed: timed.at_s))


def _pattern(form: str) -> re.Pattern[str]:
    form = re.sub(r" \[(of DEVICE)\]", r"(?: \1)?", form)
    written = re.sub(r"[A-Z]{3,}", lambda word: f"(?P<{word[0].lower()}>{_KINDS[word[0].lower()]})", form)
    return re.compile(written)


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, _pattern(form)) for name, form in FORMS)


def _unknown_device(device: str, devices: Iterable[str]) -> Refused:
    near = difflib.get_close_matches(device, devices, n=1)
    if near:
        return Refused(
            "simulate.no_device_near",
            "there is no device {device}; did you mean {nearest}?",
            device=device,
            nearest=near[0],
        )
    return Refused("simulate.no_device", "there is no device {device}: state lists them", device=device)


def _unknown_verb(words: str) -> Refused:
    first = words.partition(" ")[0]
    forms = [form for _, form in FORMS if form.partition(" ")[0] == first]
    if not forms:
        verbs = list(dict.fromkeys(form.partition(" ")[0] for _, form in FORMS))
        near = difflib.get_close_matches(first, verbs, n=1)
        forms = [form for _, form in FORMS if near and form.partition(" ")[0] == near[0]]
    if forms:
        return Refused("simulate.form", "write it so: {forms}", forms="; ".join(forms))
    return Refused("simulate.no_verb", "there is no such verb: help lists them")
