"""From what a device can be told to the driver that tells it."""

import logging
from typing import Protocol

from drivers import base
from drivers.base import DeviceError, Driver, Misconfigured, Transient
from drivers.said import OrderDone
from edge.orders import Arm, Bypass, Open, Pulse, Show, Signal, Switch, Turn, What
from edge.site.roster import Listed, is_door

log = logging.getLogger("menwei.control")


class Drivers(Protocol):
    """Who knows each device's driver."""

    def driver(self, device: str) -> Driver:
        """Return the running driver of a device. Raises Misconfigured: its wire is out."""
        ...


def hand_over(driver: Driver, listed: Listed, what: What, order: base.Order) -> None:
    """Queue an order with a device's driver. Raises one of the four families: it can never be carried out.

    A door is only ever opened by Open, so that its opening is never taken for a forced one.
    """
    device, opened_only = listed.id, listed.kind == "lock"
    match what:
        case Open(pulse_ms=pulse_ms) if isinstance(driver, base.Lock) and may_be_door(listed):
            driver.open(device, order, pulse_ms)
        case Pulse(output=output, pulse_ms=pulse_ms) if isinstance(driver, base.Relay) and not opened_only:
            driver.pulse(device, output, order, pulse_ms)
        case Switch(output=output, on=on) if isinstance(driver, base.Relay) and not opened_only:
            driver.switch(device, output, order, on=on)
        case Arm(armed=armed) if isinstance(driver, base.FenceHost):
            driver.arm(device, order, armed=armed)
        case Bypass(zone=zone, bypassed=bypassed) if isinstance(driver, base.FenceHost):
            driver.bypass(device, zone, order, bypassed=bypassed)
        case Signal(answer=answer) if isinstance(driver, base.Feedback):
            driver.signal(device, order, answer)
        case Show(text=text, seconds=seconds) if isinstance(driver, base.Display):
            driver.show(device, order, text, seconds)
        case Turn(preset=preset) if isinstance(driver, base.Turning):
            driver.go_to_preset(device, preset, order)
        case _:
            raise Misconfigured("control.not_able", "{device} cannot do that", device=device)


def may_be_door(listed: Listed) -> bool:
    """Say whether a device can be opened; what another package brings is asked itself."""
    return is_door(listed) or listed.kind == "extension"


def unknown_device(device: str) -> Misconfigured:
    """Return the error of a device that the site file does not name."""
    return Misconfigured(
        "devices.unknown", "the site file names no device {device}: correct its id", device=device
    )


def not_given(order: base.Order, device: str, error: DeviceError, began_s: float, now_s: float) -> OrderDone:
    """Return what became of an order that no driver took."""
    return OrderDone(device=device, mono_s=now_s, order=order.id, refused=error.key, took_s=now_s - began_s)


def hand_over_guarded(drivers: Drivers, listed: Listed, what: What, order: base.Order) -> None:
    """Queue an order with whatever driver a device has. Raises one of the four families, and nothing else."""
    driver = drivers.driver(listed.id)
    try:
        hand_over(driver, listed, what, order)
    except DeviceError:
        raise
    except Exception as error:
        # Another package's driver must not take the daemon down.
        log.exception("the driver of %s failed when it was given an order", listed.id)
        raise Transient(
            "control.driver_failed",
            "the driver of {device} failed when it was given the order ({detail}): report this",
            device=listed.id,
            detail=type(error).__name__,
        ) from error
