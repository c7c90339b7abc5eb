"""Every wire of the site at work: starts the drivers, hands on what they say, takes orders to them.

A driver that cannot be built or started stays out and its devices are told lost; the others run.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from drivers.base import DeviceError, DeviceHealth, Driver, Tell
from drivers.said import DeviceLost
from edge.control.handing_over import unknown_device
from edge.devices.building import Built, driver_failed

log = logging.getLogger("menwei.devices")

STOPPED_WITHIN_S = 15.0


class Hub:
    """The drivers of one site. Callable from any thread; `tell` is called from the drivers' threads."""

    def __init__(self, built: Sequence[Built], mono: Callable[[], float]) -> None:
        self._built = tuple(built)
        self._mono = mono
        self._out: dict[str, DeviceError] = {b.wire: b.error for b in built if b.error is not None}
        self._guard = threading.Lock()

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of all devices, in the order of the site file."""
        return tuple(device for built in self._built for device in built.devices)

    def start(self, tell: Tell) -> None:
        """Start every driver."""
        for built in self._built:
            if built.driver is not None:
                self._start(built, built.driver, tell)
            if (error := self._out.get(built.wire)) is not None:
                self._tell_out(built, error, tell)

    def stop(self) -> None:
        """Stop every driver, side by side; one that does not stop in time is named in the log."""
        # Daemons: a driver that hangs must not keep the process from ending.
        ending = {
            built.wire: threading.Thread(
                target=self._stop, args=(built,), name=f"stop-{built.wire}", daemon=True
            )
            for built in self._built
            if built.driver is not None
        }
        for thread in ending.values():
            thread.start()
        until_s = self._mono() + STOPPED_WITHIN_S
        for wire, thread in ending.items():
            thread.join(max(0.0, until_s - self._mono()))
            if thread.is_alive():
                log.error("the driver of %s did not stop within %.0f s", wire, STOPPED_WITHIN_S)

    def driver(self, device: str) -> Driver:
        """Return the running driver of a device. Raises Misconfigured: no such device, or its wire is out."""
        for built in self._built:
            if device in built.devices:
                error = self._out.get(built.wire)
                if error is not None or built.driver is None:
                    raise error or driver_failed(built.wire, "no driver")
                return built.driver
        raise unknown_device(device)

    def health(self) -> Mapping[str, DeviceHealth]:
        """Return how every device is, by its id."""
        return {health.device: health for built in self._built for health in self._health_of(built)}

    def _start(self, built: Built, driver: Driver, tell: Tell) -> None:
        try:
            driver.start(tell)
        except DeviceError as error:
            self._keep_out(built, error)
        except Exception as error:
            log.exception("the driver of %s cannot be started", built.wire)
            self._keep_out(built, driver_failed(built.wire, f"{type(error).__name__}: {error}"))

    def _keep_out(self, built: Built, error: DeviceError) -> None:
        with self._guard:
            self._out[built.wire] = error
        self._stop(built)

    def _tell_out(self, built: Built, error: DeviceError, tell: Tell) -> None:
        log.error("the wire %s stays out: %s", built.wire, error)
        for device in built.devices:
            tell(
                DeviceLost(
                    device=device,
                    mono_s=self._mono(),
                    reason=error.key,
                    detail=_detail(error),
                    silent_s=None,
                )
            )

    def _stop(self, built: Built) -> None:
        if built.driver is None:
            return
        try:
            built.driver.stop()
        except Exception:
            log.exception("the driver of %s failed while it was stopped", built.wire)

    def _health_of(self, built: Built) -> Sequence[DeviceHealth]:
        error = self._out.get(built.wire)
        if built.driver is not None and error is None:
            try:
                return built.driver.health()
            except Exception as failure:
                log.exception("the driver of %s cannot tell its health", built.wire)
                error = driver_failed(built.wire, type(failure).__name__)
        key = None if error is None else error.key
        detail = "" if error is None else _detail(error)
        return [_unknown(device, key, detail) for device in built.devices]


def _detail(error: DeviceError) -> str:
    # A sentence whose values are others than a device's reason has is told as a whole.
    return str(error.values.get("detail") or error)


def _unknown(device: str, reason: str | None, detail: str) -> DeviceHealth:
    return DeviceHealth(
        device,
        online=False,
        last_word_age_s=None,
        words=0,
        malformed=0,
        reconnects=0,
        reason=reason,
        detail=detail,
    )
