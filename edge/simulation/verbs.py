"""What can happen to simulated devices, in words: `card 1042 at north-door`, `cut zone 3`, `stall cam-2`."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from drivers.said import ZoneState
from edge.refusal import Refused

ZONE_STATES: tuple[ZoneState, ...] = (
    "alarm",
    "open_wire",
    "short",
    "tamper",
    "low_voltage",
    "fault",
    "bypassed",
    "normal",
)

FORMS: Mapping[str, str] = {
    "card": "card NUMBER at DEVICE",
    "keys": "keys KEYS at DEVICE",
    "tag": "tag TAG at DEVICE",
    "scan": "scan TEXT at DEVICE",
    "open": "open DEVICE",
    "close": "close DEVICE",
    "exit": "exit at DEVICE",
    "tamper": "tamper DEVICE",
    "mend-zone": "mend zone ZONE [of DEVICE]",
    "mend": "mend DEVICE",
    "power": "power mains|battery DEVICE",
    "cut": "cut zone ZONE [of DEVICE]",
    "short": "short zone ZONE [of DEVICE]",
    "climb": "climb zone ZONE [of DEVICE]",
    "volts": "volts VOLTS zone ZONE [of DEVICE]",
    "arm": "arm DEVICE",
    "disarm": "disarm DEVICE",
    "car": "car at DEVICE",
    "car-gone": "car gone from DEVICE",
    "contact": "contact CONTACT open|closed of DEVICE",
    "crowd": "crowd PEOPLE at DEVICE",
    "unplug": "unplug DEVICE",
    "plug": "plug DEVICE",
    "stall": "stall DEVICE",
    "resume": "resume DEVICE",
    "noise": "noise SHARE% on DEVICE",
    "duplicate": "duplicate DEVICE on|off",
    "reorder": "reorder DEVICE on|off",
    "slow": "slow DEVICE SECONDS|off",
    "wrong-key": "wrong key DEVICE",
    "right-key": "right key DEVICE",
    "restart-zone": "restart DEVICE with zone ZONE STATE",
    "restart-door": "restart DEVICE with door open|closed",
    "restart-contact": "restart DEVICE with contact CONTACT open|closed",
    "restart": "restart DEVICE",
    "swap": "swap DEVICE",
    "wait": "wait SECONDS",
}
"""Every verb with the form it is written in; words in capitals stand for what is filled in.

NUMBER may be FACILITY:NUMBER. SECONDS are written 2, 2.5 or 2s.
"""

_SECONDS = r"\d{1,5}(?:\.\d{1,3})?s?"
# What a form leaves blank: under which name it is kept, and what may be written there.
_BLANKS: Mapping[str, tuple[str, str]] = {
    "DEVICE": ("device", r"[a-z0-9][a-z0-9-]*"),
    "NUMBER": ("number", r"(?:\d{1,5}:)?\d{1,10}"),
    "KEYS": ("keys", r"[0-9*#]{1,16}"),
    "TAG": ("tag", r"[0-9A-Za-z,]{4,16}"),
    "TEXT": ("text", r"\S{1,512}"),
    "ZONE": ("zone", r"[A-Za-z0-9_-]{1,16}"),
    "STATE": ("state", "|".join(ZONE_STATES)),
    "CONTACT": ("contact", r"[a-z0-9-]+"),
    "VOLTS": ("volts", r"\d{1,5}"),
    "PEOPLE": ("people", r"\d{1,4}"),
    "SHARE": ("share", r"100|\d{1,2}"),
    "SECONDS": ("seconds", _SECONDS),
    "SECONDS|off": ("seconds", rf"{_SECONDS}|off"),
    "on|off": ("switch", "on|off"),
    "open|closed": ("position", "open|closed"),
    "mains|battery": ("power", "mains|battery"),
}
_HIDDEN = frozenset({"keys", "text"})
_BLANK = re.compile(r"[A-Za-z]+\|[a-z]+|[A-Z]{3,}")
_WHOSE = " [of DEVICE]"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that happens. `device` is a device's, wire's or camera's id, None where none is named.

    `values` are what a form's other capitals and choices were filled with, by their names in small letters.
    """

    name: str
    device: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def seconds(self) -> float:
        """How long; 0 for `off`. KeyError: this verb has no duration."""
        written = self.values["seconds"]
        return 0.0 if written == "off" else float(written.removesuffix("s"))

    @property
    def share(self) -> float:
        """Which share, 0.0 to 1.0. KeyError: this verb has none."""
        return int(self.values["share"]) / 100

    @property
    def on(self) -> bool:
        """Whether it is to be so from now on. KeyError: this verb switches nothing."""
        return self.values["switch"] == "on"


def parse(text: str, devices: Collection[str]) -> Verb:
    """Return what a line says. Refused: no such verb or device, with the nearest one."""
    words = " ".join(text.split())
    for name, pattern in _PATTERNS.items():
        found = pattern.fullmatch(words)
        if found is not None:
            values = {key: value for key, value in found.groupdict().items() if value is not None}
            device = values.pop("device", None)
            if device is not None and device not in devices:
                raise unknown_device(device, devices)
            return Verb(name, device, values)
    raise _unknown_verb(words)


def written(verb: Verb) -> str:
    """Return a verb as a line says it, the keys of a keypad and the text of a code left out."""
    shown = {**verb.values, "device": verb.device or ""}
    shown.update(dict.fromkeys(shown.keys() & _HIDDEN, "***"))
    form = FORMS[verb.name].replace(_WHOSE, " of DEVICE" if verb.device else "")
    return _BLANK.sub(lambda blank: shown[_BLANKS[blank[0]][0]], form)


def able(names: Iterable[str], device: str) -> str:
    """Return the forms of verbs, about one device."""
    return "; ".join(form.replace("DEVICE", device) for name, form in FORMS.items() if name in names)


def unknown_device(device: str, devices: Iterable[str]) -> Refused:
    """Return what to say of an id that nothing has."""
    near = difflib.get_close_matches(device, devices, n=1)
    if near:
        return Refused(
            "simulate.no_device_near",
            "there is no device {device}; did you mean {nearest}?",
            device=device,
            nearest=near[0],
        )
    return Refused(
        "simulate.no_device",
        "there is no device {device}: there are {devices}",
        device=device,
        devices=", ".join(devices),
    )


def _unknown_verb(words: str) -> Refused:
    first = words.partition(" ")[0]
    verbs = list(dict.fromkeys(form.partition(" ")[0] for form in FORMS.values()))
    near = [first] if first in verbs else difflib.get_close_matches(first, verbs, n=1)
    forms = [form for form in FORMS.values() if near and form.partition(" ")[0] == near[0]]
    if forms:
        return Refused("simulate.form", "write it so: {forms}", forms="; ".join(forms))
    return Refused(
        "simulate.no_verb", "there is no verb {verb}: there are {verbs}", verb=first, verbs=", ".join(verbs)
    )


def _pattern(form: str) -> re.Pattern[str]:
    form = form.replace(_WHOSE, "(?: of DEVICE)?")
    return re.compile(_BLANK.sub(lambda blank: "(?P<{}>{})".format(*_BLANKS[blank[0]]), form))


_PATTERNS: Mapping[str, re.Pattern[str]] = {name: _pattern(form) for name, form in FORMS.items()}
