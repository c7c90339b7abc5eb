"""One demo from curtain to curtain: broker, community server, daemon, and a screen to watch them on."""

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass

from drivers.sim.broker import Broker
from drivers.sim.community import CommunityServer
from edge.clock import Clock
from edge.demo import show
from edge.demo.children import Children
from edge.demo.record import Record
from edge.demo.scenario import Stage
from edge.demo.screen import Screen
from edge.demo.tally import Tally
from edge.demo.watch import Watch
from edge.demo.wording import Wording
from edge.signals import ended_by, handled

DAEMON, SIMULATOR = "menwei", "simulator"
_MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Programme:
    """What to show: on which stage, in which words, for how long (inf: until ended by hand)."""

    stage: Stage
    broker: Broker
    seconds: float
    clock: Clock
    wording: Callable[[Record], Wording]
    screen: Callable[[Wording], Screen]
    note: Callable[[str], str]


def perform(programme: Programme) -> Tally:
    """Run the demo to its end and return what it came to; everything it started is gone then.

    Refused: the daemon did not start or went away.
    """
    stage, clock = programme.stage, programme.clock
    with ExitStack() as open_things:
        ended = open_things.enter_context(ended_by_hand())
        community = CommunityServer(programme.broker.host, programme.broker.port)
        community.start()
        open_things.callback(community.stop)
        children = open_things.enter_context(Children(stage.folder))
        children.start(SIMULATOR, [*_MENWEI, "simulate", str(stage.site_file), "--script", str(stage.script)])
        show.wait_for_ports(stage.ports, children, clock, ended)
        daemon = children.start(DAEMON, [*_MENWEI, "run", str(stage.site_file)])
        record = open_things.enter_context(closing(Record.open(stage.database)))
        watch = Watch(record, lambda: {a.id: a.at_s for a in tuple(community.ledger.arrivals)}, daemon)
        screen = open_things.enter_context(closing(programme.screen(programme.wording(record))))
        screen.note(programme.note("starting"))
        show.wait_for_camera(watch, children, screen, clock, ended)
        screen.note(programme.note("started"))
        show.run_until(watch, children, screen, clock, seconds=programme.seconds, ended=ended)
        return show.settle(watch, screen, clock)


def ended_by_hand() -> AbstractContextManager[threading.Event]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into an event, so that a demo ends in order."""
    return ended_by(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupted_by_signals() -> AbstractContextManager[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does: raise KeyboardInterrupt."""
    return handled(signal.default_int_handler, signal.SIGTERM, signal.SIGHUP)


def deaf_to_interrupts() -> AbstractContextManager[None]:
    """Ignore Ctrl-C meanwhile: a process started now ignores it for good, and is ended by us instead."""
    return handled(signal.SIG_IGN, signal.SIGINT)
