"""The demo's course: wait for a camera, watch until the time is up, let the last alerts be acknowledged."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from edge.clock import Clock
from edge.demo.children import Children
from edge.demo.screen import Screen
from edge.demo.tally import Tally
from edge.demo.watch import Watch
from edge.refusal import Refused

PORTS_WITHIN_S = 30.0
CAMERA_WITHIN_S = 90.0
ACKNOWLEDGED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.2


def wait_for_ports(ports: Sequence[Path], children: Children, clock: Clock, ended: Event) -> None:
    """Return when every simulated port is there or the demo was ended by hand.

    Refused: the simulator went away, or a port was not there in time; with its last words.
    """
    deadline = clock.mono() + PORTS_WITHIN_S
    while not all(port.exists() for port in ports) and not ended.wait(LOOK_EVERY_S):
        _require_alive(children)
        if clock.mono() > deadline:
            missing = ", ".join(port.name for port in ports if not port.exists())
            raise Refused(
                "demo.no_ports",
                "the simulated ports {ports} are not there after {seconds:.0f} s; last words:\n{words}",
                ports=missing,
                seconds=PORTS_WITHIN_S,
                words="\n".join(children.last_words(name) for name in children.names()),
            )


def wait_for_camera(watch: Watch, children: Children, screen: Screen, clock: Clock, ended: Event) -> None:
    """Return when a camera delivers pictures or the demo was ended by hand.

    Refused: the daemon went away, or no camera was found in time; with the daemon's last words.
    """
    deadline = clock.mono() + CAMERA_WITHIN_S
    while not watch.camera_found and not ended.wait(LOOK_EVERY_S):
        screen.show(watch.look(0.0))
        _require_alive(children)
        if clock.mono() > deadline:
            raise Refused(
                "demo.no_camera",
                "no camera delivered a picture within {seconds:.0f} s; the daemon's last words:\n{words}",
                seconds=CAMERA_WITHIN_S,
                words="\n".join(children.last_words(name) for name in children.names()),
            )


def run_until(
    watch: Watch, children: Children, screen: Screen, clock: Clock, *, seconds: float, ended: Event
) -> None:
    """Show what happens for so long, or until the demo is ended by hand."""
    begun = clock.mono()
    while (passed := clock.mono() - begun) < seconds:
        screen.show(watch.look(passed))
        _require_alive(children)
        if ended.wait(min(LOOK_EVERY_S, seconds - passed)):
            return


def settle(watch: Watch, screen: Screen, clock: Clock) -> Tally:
    """Return the tally of what was alerted until now, once acknowledged or when its time is up.

    Alerts that are raised meanwhile are shown but not counted.
    """
    begun = clock.mono()
    last = watch.look(watch.seconds)
    screen.show(last)
    counted = frozenset(last.tally.decided)
    pause = Event()
    while watch.tally.outstanding & counted and clock.mono() - begun < ACKNOWLEDGED_WITHIN_S:
        pause.wait(LOOK_EVERY_S)
        screen.show(watch.look(watch.seconds))
    decided = {alert: at for alert, at in watch.tally.decided.items() if alert in counted}
    return replace(watch.tally, decided=decided, observations=last.tally.observations)


def _require_alive(children: Children) -> None:
    for name in children.names():
        code = children.exited(name)
        if code is not None:
            raise Refused(
                "demo.ended_early",
                "{name} ended by itself (exit status {code}); its last words:\n{words}",
                name=name,
                code=code,
                words=children.last_words(name),
            )
