"""The stations on a bus and how each is: who is there, who is lost, and what is told of it."""

from collections.abc import Iterator, Sequence

from drivers.base import DeviceError, DeviceHealth, Malformed, Misconfigured
from drivers.modbus import presence
from drivers.modbus.presence import Presence
from drivers.modbus.station import Station
from drivers.said import DeviceFound, DeviceLost, Said


class Entry:
    """One station and its counters."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.presence = Presence(0.0)
        self.words = 0
        self.malformed = 0
        self.reconnects = 0
        self.firmware = ""


class Roll:
    """Every station on the bus. Written by the bus' thread; `health` may be called from any."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.entries = {station.id: Entry(station) for station in stations}
        self._by_device = {device: e for e in self.entries.values() for device in e.station.devices}
        if sum(len(s.devices) for s in stations) != len(self._by_device):
            raise Misconfigured(
                "modbus.id_twice",
                "two devices on the bus are called {names}: give each an id of its own",
                names=", ".join(sorted(_twice(stations))),
            )
        units = [station.unit for station in stations]
        shared = [station.id for station in stations if units.count(station.unit) > 1]
        if shared:
            raise Misconfigured(
                "modbus.unit_twice",
                "{names} have the same address on the bus: give each an address of its own",
                names=", ".join(shared),
            )

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of everything on the bus."""
        return tuple(self._by_device)

    def of(self, device: str) -> Entry:
        """Return the station that a device is behind. Raises Misconfigured for an unknown id."""
        entry = self._by_device.get(device)
        if entry is None:
            raise Misconfigured("modbus.no_such_device", "no device {device} on this bus", device=device)
        return entry

    def begin(self, now_s: float) -> None:
        """Start to measure silences."""
        for entry in self.entries.values():
            entry.presence = Presence(now_s)

    def heard(self, entry: Entry, now_s: float) -> Iterator[Said]:
        """Note a good answer, and yield who is found by it."""
        entry.words += 1
        entry.presence, found = presence.heard(entry.presence, now_s)
        if found is None:
            return
        entry.reconnects += found.away_s is not None
        for device in entry.station.devices:
            yield DeviceFound(
                device=device,
                mono_s=now_s,
                identity=" ".join(entry.station.maker_and_model),
                firmware=entry.firmware,
                away_s=found.away_s,
            )

    def failed(self, entry: Entry, error: DeviceError) -> None:
        """Note a poll that failed."""
        entry.malformed += isinstance(error, Malformed)
        detail = str(error.values.get("detail", "-"))
        entry.presence = presence.failed(entry.presence, error.key, detail)

    def judged(self, now_s: float) -> Iterator[Said]:
        """Yield who is lost since just now; what was believed of them is forgotten."""
        for entry in self.entries.values():
            entry.presence, lost = presence.judged(entry.presence, now_s, entry.station.lost_after_s)
            if lost is None:
                continue
            entry.station.forget()
            for device in entry.station.devices:
                yield DeviceLost(
                    device=device,
                    mono_s=now_s,
                    reason=entry.presence.reason,
                    detail=entry.presence.detail,
                    silent_s=lost.silent_s,
                )

    def health(self, now_s: float) -> tuple[DeviceHealth, ...]:
        """Return how each device is."""
        return tuple(_health(device, entry, now_s) for device, entry in self._by_device.items())


def _health(device: str, entry: Entry, now_s: float) -> DeviceHealth:
    seen = entry.presence
    return DeviceHealth(
        device=device,
        online=seen.online,
        last_word_age_s=None if seen.heard_s is None else now_s - seen.heard_s,
        words=entry.words,
        malformed=entry.malformed,
        reconnects=entry.reconnects,
        reason=None if seen.online else seen.reason,
        detail="" if seen.online else seen.detail,
    )


def _twice(stations: Sequence[Station]) -> set[str]:
    names = [device for station in stations for device in station.devices]
    return {name for name in names if names.count(name) > 1}
