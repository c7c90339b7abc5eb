"""Simulated UHPPOTE controllers of a site file, on this machine's loopback."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from drivers.doors.uhppote_wiring import UhppoteWiring
from drivers.sim.uhppote_controller import UhppoteController
from edge.clock import Clock
from edge.refusal import Refused
from edge.simulation.rig import Actions, Do, Presence, Word, always, loopback, with_wire
from edge.simulation.verbs import Verb
from edge.site import wirings
from edge.site.wires import UhppoteWire

_MOST_CARDS = 1 << 32
_CARDS_A_FACILITY = 100_000


class UhppoteRig:
    """Controllers, each at its own address."""

    def __init__(self, name: str, wire: UhppoteWire, clock: Clock) -> None:
        self._name = name
        self._wired = {wired.id: wired for wired in wirings.uhppote(wire).controllers}
        loopback(wire.listen_host)
        self._controllers = {
            device: UhppoteController(
                wired.serial, mono=clock.mono, wall=clock.wall, host=loopback(wired.host), port=wired.port
            )
            for device, wired in self._wired.items()
        }
        self._presence = {device: Presence() for device in self._controllers}

    @property
    def ports(self) -> tuple[Path, ...]:
        """None: it takes addresses."""
        return ()

    @property
    def places(self) -> Mapping[str, str]:
        """The controllers' addresses, for their doors too."""
        return {
            device: f"udp://{wired.host}:{wired.port}"
            for wired in self._wired.values()
            for device in (wired.id, *(door.id for door in wired.doors))
        }

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the network, the controllers and their doors."""
        found: dict[str, Actions] = {device: self._controller(device) for device in self._controllers}
        of_all = ("unplug", "plug", "stall", "resume", "noise", "duplicate", "reorder", "slow")
        whole: Actions = {verb: partial(self._every, tuple(found.values())) for verb in of_all}
        for wired in self._wired.values():
            found |= {door.id: self._door(wired.id, door.number) for door in wired.doors}
        return with_wire(self._name, whole, found)

    def start(self) -> None:
        """Bring the controllers up. Refused: another program has a port."""
        for controller in self._controllers.values():
            try:
                controller.start()
            except OSError as error:
                raise Refused(
                    "simulate.address_taken",
                    "{address} cannot be taken ({reason}): end what uses it, or change the site file",
                    address=f"{controller.host}:{controller.port}",
                    reason=error.strerror,
                ) from None

    def stop(self) -> None:
        """Take the controllers away."""
        for controller in self._controllers.values():
            controller.stop()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return how the controllers and their doors are."""
        return {
            device: words
            for wired in self._wired.values()
            for device, words in (
                (wired.id, self._presence[wired.id].words()),
                *((door.id, self._door_words(wired, door.number)) for door in wired.doors),
            )
        }

    def _door_words(self, wired: UhppoteWiring, number: int) -> tuple[Word, ...]:
        controller = self._controllers[wired.id]
        position = "open" if controller.doors[number - 1].is_open else "closed"
        words = (Word(f"simulate.word_door_{position}"),)
        return (*words, Word("simulate.word_unlocked")) if controller.unlocked(number) else words

    def _every(self, controllers: tuple[Actions, ...], verb: Verb) -> Do:
        happening = [actions[verb.name](verb) for actions in controllers]

        def all_of_them() -> None:
            for do in happening:
                do()

        return all_of_them

    def _controller(self, device: str) -> Actions:
        controller, presence = self._controllers[device], self._presence[device]

        def reorder(*, on: bool) -> None:
            controller.wire.swapped = on

        def slow(seconds: float) -> None:
            controller.wire.slow_s = seconds

        def pull(*, unplugged: bool) -> None:
            presence.unplugged = unplugged
            controller.wire.dead = presence.silent

        def stall(*, stalled: bool) -> None:
            presence.stalled = stalled
            controller.wire.dead = presence.silent

        return {
            "unplug": always(partial(pull, unplugged=True)),
            "plug": always(partial(pull, unplugged=False)),
            "stall": always(partial(stall, stalled=True)),
            "resume": always(partial(stall, stalled=False)),
            "noise": lambda verb: partial(controller.lose, verb.share),
            "duplicate": lambda verb: partial(controller.duplicate, 2 if verb.on else 1),
            "reorder": lambda verb: partial(reorder, on=verb.on),
            "slow": lambda verb: partial(slow, verb.seconds),
            "restart": always(controller.restart),
            "swap": always(partial(self._swap, device)),
        }

    def _swap(self, device: str) -> None:
        serial, controller = self._wired[device].serial, self._controllers[device]
        controller.serial = serial + 1 if controller.serial == serial else serial

    def _door(self, device: str, number: int) -> Actions:
        controller = self._controllers[device]
        return {
            "card": lambda verb: partial(_swipe, controller, _card(verb), number),
            "exit": always(partial(controller.push_button, number)),
            "open": always(partial(controller.contact, number, is_open=True)),
            "close": always(partial(controller.contact, number, is_open=False)),
        }


def _swipe(controller: UhppoteController, card: int, door: int) -> None:
    controller.swipe(card, door)


def _card(verb: Verb) -> int:
    """Return a card's number as these controllers count it. Refused: it does not fit."""
    facility, _, number = verb.values["number"].rpartition(":")
    card = int(facility or 0) * _CARDS_A_FACILITY + int(number)
    if card >= _MOST_CARDS:
        raise Refused(
            "simulate.card_too_large", "a card of this controller has a number below {most}", most=_MOST_CARDS
        )
    return card
