"""Whether a UHPPOTE controller is there, told under the name of each of its devices, once each time."""

from collections.abc import Callable

from drivers.base import DeviceError, DeviceHealth, Tell
from drivers.doors.uhppote_wiring import UhppoteWiring
from drivers.said import DeviceFound, DeviceLost


class Presence:
    """One controller; written by one thread, `health` may be called from any."""

    def __init__(self, wiring: UhppoteWiring, mono: Callable[[], float], tell: Tell) -> None:
        self.found = False
        self.fault: DeviceError | None = None
        self.malformed = 0
        self._wiring = wiring
        self._mono = mono
        self._tell = tell
        self._began_s = mono()
        self._word_s: float | None = None
        self._lost_s: float | None = None
        self._words = self._reconnects = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the controller and its doors."""
        return (self._wiring.id, *(door.id for door in self._wiring.doors))

    def word(self) -> None:
        """Take note of an answer."""
        self._word_s = self._mono()
        self._words += 1

    def find(self, firmware: str) -> None:
        """Take note of a conversation that began, and tell it found if it was not."""
        now_s = self._mono()
        self._reconnects += self._word_s is not None
        away_s = None if self._lost_s is None else now_s - self._lost_s
        found, self.found, self.fault, self._lost_s = self.found, True, None, None
        for name in () if found else self.names:
            self._tell(
                DeviceFound(
                    device=name,
                    mono_s=now_s,
                    identity=f"UHPPOTE {self._wiring.serial}",
                    firmware=firmware,
                    away_s=away_s,
                )
            )

    def is_overdue(self, spare_s: float) -> bool:
        """Whether it will have been silent for too long in `spare_s` and was not told lost yet."""
        last_s = self._began_s if self._word_s is None else self._word_s
        return self._lost_s is None and self._mono() - last_s >= self._wiring.lost_after_s - spare_s

    def lose(self, error: DeviceError) -> None:
        """Tell it lost."""
        now_s = self._mono()
        self._lost_s, self.found, self.fault = now_s, False, error
        for name in self.names:
            self._tell(
                DeviceLost(
                    device=name,
                    mono_s=now_s,
                    reason=error.key,
                    detail=str(error.values["detail"]),
                    silent_s=None if self._word_s is None else now_s - self._word_s,
                )
            )

    def health(self, name: str, malformed: int) -> DeviceHealth:
        """Return how the controller is, under the name of one of its devices."""
        failure = None if self.found else self.fault
        return DeviceHealth(
            name,
            online=self.found,
            last_word_age_s=None if self._word_s is None else max(0.0, self._mono() - self._word_s),
            words=self._words,
            malformed=self.malformed + malformed,
            reconnects=self._reconnects,
            reason=None if failure is None else failure.key,
            detail="" if failure is None else str(failure.values["detail"]),
        )
