"""A relay board on a Modbus bus: locks, barriers, sirens and strobes, and the contacts beside them."""

from collections.abc import Iterator, Mapping

from drivers.barriers.arm import LOWER, RAISE, ArmState, BarrierWiring, Below, Move, below_of, decide
from drivers.base import Misconfigured
from drivers.modbus.commands import Command, Pulse, Switch
from drivers.modbus.debouncing import Debounced, believed, doubt, step
from drivers.modbus.frames import LONGEST_PULSE_MS, PulseCoil, Read, Request, WriteCoil
from drivers.modbus.relay_wiring import RelayWiring
from drivers.modbus.station import Answers, Looked, Planned, Version
from drivers.said import ContactChanged, DoorChanged, DoorPosition, Said
from drivers.sounders.limits import SounderWiring, Stretch, sound

# Waveshare's boards keep their version here, as hundredths.
_VERSION = Version(Read(3, 0x8000, 1), 0.01)


class RelayStation:
    """A relay board as the bus sees it."""

    def __init__(self, wiring: RelayWiring) -> None:
        self._wiring = wiring
        self._reads = _reads(wiring)
        self._locks = {lock.id: lock for lock in wiring.locks}
        self._barriers = {barrier.id: barrier for barrier in wiring.barriers}
        self._sounders = {sounder.id: sounder for sounder in wiring.sounders}
        self._contacts: Mapping[str, Debounced[bool]] = {}
        self._last_read: Mapping[str, bool] = {}
        self._arms = {barrier.id: ArmState() for barrier in wiring.barriers}
        self._rising: set[str] = set()
        self._stretches: dict[str, Stretch] = {}

    @property
    def id(self) -> str:
        """The board's id."""
        return self._wiring.id

    @property
    def unit(self) -> int:
        """Its address on the bus."""
        return self._wiring.unit

    @property
    def devices(self) -> tuple[str, ...]:
        """The board and everything on it."""
        return (self._wiring.id, *self._locks, *self._barriers, *self._sounders)

    @property
    def lost_after_s(self) -> float:
        """After how long a silence it is lost, with everything on it."""
        return self._wiring.lost_after_s

    @property
    def maker_and_model(self) -> tuple[str, str]:
        """What the wiring says."""
        return self._wiring.maker, self._wiring.model

    @property
    def reads(self) -> tuple[Read, ...]:
        """The contacts, or the coils of a board without."""
        return self._reads

    @property
    def version(self) -> Version | None:
        """Where its version is."""
        return _VERSION

    def look(self, answers: Answers, now_s: float) -> Looked:
        """Take one poll's answers: contacts that changed, and arms that must rise again at once."""
        self._last_read = _contacts_read(self._wiring, answers)
        before = self._contacts
        self._contacts = {
            name: step(before.get(name, Debounced()), closed, now_s, self._wiring.debounce_s)
            for name, closed in self._last_read.items()
        }
        said = tuple(self._news(before, now_s))
        unsettled = any(contact.unsettled for contact in self._contacts.values())
        return Looked(said, unsettled, tuple(self._reflexes(now_s)))

    def doubt(self) -> None:
        """Take note that it was asked in vain."""
        self._contacts = doubt(self._contacts)

    def reflexes_sent(self) -> None:
        """Take note that arms which had to rise were told so."""
        self._arms |= {barrier: ArmState() for barrier in self._rising}

    def forget(self) -> None:
        """Believe no contact any more."""
        self._contacts = {}
        self._last_read = {}

    def check(self, command: Command) -> None:
        """Raise Misconfigured for an output that is not there, or an order that it can never obey."""
        name = self._output_name(command)
        if name is None or name not in self._wiring.outputs:
            raise Misconfigured(
                "relay.no_such_output",
                "{device} has no such output: {output}",
                device=command.device,
                output=getattr(command, "output", "-"),
            )
        output = self._wiring.outputs[name]
        lasting = command.device in self._sounders or (output.lasting and command.device == self.id)
        if isinstance(command, Switch) and command.on and not lasting:
            raise Misconfigured(
                "relay.never_lasting",
                "{device} {output} is never switched on until further notice: order a pulse",
                device=command.device,
                output=name,
            )
        most_ms = min(output.longest_ms, LONGEST_PULSE_MS)
        sounder = command.device in self._sounders
        if isinstance(command, Pulse) and not (
            command.pulse_ms > 0 and (sounder or command.pulse_ms <= most_ms)
        ):
            raise Misconfigured(
                "relay.pulse_bounds",
                "{device} {output}: a pulse lasts 1 to {most} ms",
                device=command.device,
                output=name,
                most=most_ms,
            )

    def wants_look(self, command: Command) -> bool:
        """Say yes for the lowering of an arm: only what its guards say now counts."""
        return command.device in self._barriers and isinstance(command, Pulse) and command.output == LOWER

    def plan(self, command: Command, now_s: float) -> Planned:
        """Return what to send; what an arm or a sounder may do is decided here and now."""
        name = self._output_name(command)
        if name is None:
            return Planned(refused="relay.output_unknown")
        channel = self._wiring.outputs[name].channel
        if isinstance(command, Switch) and not command.on:
            self._stretches.pop(name, None)
            return Planned((WriteCoil(channel, on=False),))
        if command.device in self._barriers and isinstance(command, Pulse):
            wanted = RAISE if command.output == RAISE else LOWER
            return self._arm(self._barriers[command.device], wanted, now_s)
        if command.device in self._sounders:
            return self._sound(self._sounders[command.device], command, name, now_s)
        if isinstance(command, Pulse):
            return Planned((PulseCoil(channel, tenths(command.pulse_ms)),))
        return Planned((WriteCoil(channel, on=True),))

    def _output_name(self, command: Command) -> str | None:
        """Return the board's name of what a device calls its output; None where it has no such one."""
        if not isinstance(command, (Pulse, Switch)):
            return None
        device, output = command.device, command.output
        if device in self._locks:
            return self._locks[device].output if output in ("", self._locks[device].output) else None
        if device in self._barriers:
            barrier = self._barriers[device]
            moves: dict[str, str] = {RAISE: barrier.raise_output, LOWER: barrier.lower_output}
            return moves.get(output)
        if device in self._sounders:
            return output if output in self._sounders[device].outputs else None
        return None if output in self._wiring.taken else output

    def _below(self, barrier: BarrierWiring) -> Below:
        return below_of(
            (believed(self._contacts, guard), self._last_read.get(guard)) for guard in barrier.guards
        )

    def _arm(self, barrier: BarrierWiring, wanted: Move, now_s: float) -> Planned:
        decided = decide(self._arms[barrier.id], self._below(barrier), wanted, now_s, barrier.travel_s)
        self._arms[barrier.id] = decided.state
        return Planned(self._moves(barrier, decided.move), decided.refused)

    def _reflexes(self, now_s: float) -> Iterator[Request]:
        self._rising = set()
        for barrier in self._barriers.values():
            decided = decide(self._arms[barrier.id], self._below(barrier), None, now_s, barrier.travel_s)
            self._arms[barrier.id] = decided.state
            if decided.move is not None:
                self._rising.add(barrier.id)
            yield from self._moves(barrier, decided.move)

    def _moves(self, barrier: BarrierWiring, move: Move | None) -> tuple[Request, ...]:
        if move is None:
            return ()
        up = self._wiring.outputs[barrier.raise_output].channel
        down = self._wiring.outputs[barrier.lower_output].channel
        # Both relays closed at once would drive the motor against itself.
        other, own = (down, up) if move == RAISE else (up, down)
        return WriteCoil(other, on=False), PulseCoil(own, tenths(barrier.pulse_ms))

    def _sound(self, sounder: SounderWiring, command: Command, name: str, now_s: float) -> Planned:
        wanted_s = command.pulse_ms / 1000 if isinstance(command, Pulse) else sounder.longest_s
        allowed = sound(self._stretches.get(name), wanted_s, now_s, sounder.longest_s, sounder.rest_s)
        if allowed is None:
            return Planned(refused="relay.sounded_enough")
        self._stretches[name], pulse_s = allowed
        channel = self._wiring.outputs[name].channel
        return Planned((PulseCoil(channel, min(tenths(round(pulse_s * 1000)), LONGEST_PULSE_MS // 100)),))

    def _news(self, before: Mapping[str, Debounced[bool]], now_s: float) -> Iterator[Said]:
        for name, contact in self._contacts.items():
            was = believed(before, name)
            if contact.settled is not None and contact.settled != was:
                yield from self._told(name, closed=contact.settled, first=was is None, now_s=now_s)

    def _told(self, name: str, *, closed: bool, first: bool, now_s: float) -> Iterator[Said]:
        for lock in self._locks.values():
            if lock.door_contact == name:
                position: DoorPosition = "closed" if closed else "open"
                yield DoorChanged(device=lock.id, mono_s=now_s, first=first, position=position)
                return
        # One loop may lie below two arms.
        for owner in [b.id for b in self._barriers.values() if name in b.guards] or [self.id]:
            yield ContactChanged(device=owner, mono_s=now_s, first=first, contact=name, closed=closed)


def tenths(pulse_ms: int) -> int:
    """Return a pulse in the board's unit of 100 ms: rounded up, at least one."""
    return max(1, -(-pulse_ms // 100))


def _reads(wiring: RelayWiring) -> tuple[Read, ...]:
    reads: list[Read] = []
    for function in (1, 2):
        addresses = [c.address for c in wiring.contacts.values() if c.function == function]
        if addresses:
            first = min(addresses)
            reads.append(Read(function, first, max(addresses) - first + 1))
    return tuple(reads) or (Read(1, 0, max(o.channel for o in wiring.outputs.values()) + 1),)


def _contacts_read(wiring: RelayWiring, answers: Answers) -> dict[str, bool]:
    image = {
        (read.function, read.address + offset): bool(value)
        for read, values in answers
        for offset, value in enumerate(values)
    }
    return {
        name: image[contact.function, contact.address] != contact.normally_closed
        for name, contact in wiring.contacts.items()
    }
