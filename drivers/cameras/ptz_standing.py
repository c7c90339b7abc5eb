"""How a PTZ camera stands, as its answers and its silence tell: pure functions of (standing, event, now)."""

from dataclasses import dataclass, replace

from drivers.base import DeviceError, DeviceHealth, Identity, Malformed
from drivers.cameras.onvif_faults import fault
from drivers.cameras.ptz_wiring import PtzWiring
from drivers.listening import availability
from drivers.listening.availability import Availability
from drivers.said import DeviceFound, DeviceLost


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether it is there, who answered last, and why it did not since; replaced as a whole."""

    availability: Availability
    identity: Identity | None = None
    fault: DeviceError | None = None
    words: int = 0
    malformed: int = 0
    reconnects: int = 0


def begin(now_s: float) -> Standing:
    """Return how a camera stands that was never asked."""
    return Standing(Availability(now_s))


def heard(
    before: Standing, who: Identity, wiring: PtzWiring, now_s: float
) -> tuple[Standing, DeviceFound | None]:
    """Take note that a camera said who it is; return DeviceFound where it, or this one, was not there."""
    known, found = availability.word(before.availability, now_s)
    if found is None and _is_another(before.identity, who):
        found = availability.Found(now_s - (before.availability.heard_s or now_s))
    after = replace(
        before,
        availability=known,
        identity=who,
        fault=None,
        words=before.words + 1,
        reconnects=before.reconnects + (found is not None and found.away_s is not None),
    )
    if found is None:
        return after, None
    return after, DeviceFound(
        device=wiring.id,
        mono_s=now_s,
        identity=" ".join(part for part in (who.maker, who.model, who.serial) if part),
        firmware=who.firmware,
        away_s=found.away_s,
    )


def failed(before: Standing, error: DeviceError) -> Standing:
    """Take note that a camera did not say who it is."""
    return replace(before, fault=error, malformed=before.malformed + isinstance(error, Malformed))


def judged(before: Standing, wiring: PtzWiring, now_s: float) -> tuple[Standing, DeviceLost | None]:
    """Take note that time passes; return DeviceLost when it has just been silent for too long."""
    known, lost = availability.silence(before.availability, now_s, wiring.lost_after_s)
    if lost is None:
        return before, None
    why = before.fault or fault("onvif.silent", wiring.id, f"{wiring.lost_after_s:g} s")
    return replace(before, availability=known, fault=why), DeviceLost(
        device=wiring.id,
        mono_s=now_s,
        reason=why.key,
        detail=_detail(why),
        silent_s=lost.silent_s,
    )


def health(standing: Standing, device: str, now_s: float) -> DeviceHealth:
    """Return how a camera is; `reason` also says why the last question to one that is there failed."""
    known, why = standing.availability, standing.fault
    return DeviceHealth(
        device=device,
        online=known.known and not known.lost,
        last_word_age_s=None if known.heard_s is None else max(0.0, now_s - known.heard_s),
        words=standing.words,
        malformed=standing.malformed,
        reconnects=standing.reconnects,
        reason=None if why is None else why.key,
        detail="" if why is None else _detail(why),
    )


def _detail(why: DeviceError) -> str:
    # Another part's error, as of a password's file, is told as a whole.
    return str(why.values.get("detail") or why)


def _is_another(known: Identity | None, who: Identity) -> bool:
    return known is not None and _named(known) != _named(who)


def _named(who: Identity) -> tuple[str, ...]:
    return who.maker, who.model, who.serial, who.firmware
