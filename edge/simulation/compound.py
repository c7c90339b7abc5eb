"""Everything at the other end of a site file's wires, and what happens to it."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.clock import Clock, SystemClock
from edge.refusal import Refused
from edge.simulation import verbs
from edge.simulation.buses import ModbusRig
from edge.simulation.cameras import CameraRig
from edge.simulation.controllers import UhppoteRig
from edge.simulation.listened import ProbeRig
from edge.simulation.port_readers import PatrolRig, ScannerRig
from edge.simulation.ports import Claims
from edge.simulation.ptz import PtzRig
from edge.simulation.readers import OsdpRig
from edge.simulation.rig import Actions, Do, Rig, Word, no_such_part
from edge.simulation.verbs import Verb
from edge.site.roster import roster
from edge.site.schema import Site
from edge.site.wires import (
    ExtensionWire,
    ModbusWire,
    OnvifWire,
    OsdpWire,
    PatrolWire,
    QrWire,
    UhppoteWire,
    Wire,
)


class SimulatedCompound:
    """The simulated devices of a site. A context manager: what it brought up is gone when it is left.

    `videos` names the file that a camera streams into its source, a named pipe. One thread calls it.
    Refused, DeviceError: something of the site cannot be simulated on this machine.
    """

    def __init__(
        self,
        site: Site,
        environment: Mapping[str, str],
        videos: Mapping[str, Path] | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.rigs: dict[str, Rig] = {}
        for name, wire in site.wires.items():
            rig = _rig(name, wire, environment, clock)
            if rig is not None:
                self.rigs[name] = rig
        self._roster = roster(site.wires)
        self._cameras = tuple(site.cameras)
        self.streams = {c: _camera(site, c, video, clock) for c, video in (videos or {}).items()}
        self.left_out = tuple(name for name in site.wires if name not in self.rigs)
        self._claims = Claims()
        self._actions: dict[str, Actions] = {}
        for rig in self._everything:
            for device, actions in rig.actions.items():
                self._actions[device] = {**self._actions.get(device, {}), **actions}

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Bring everything up, or nothing. Refused, DeviceError: a port, address or key cannot be had."""
        try:
            for rig in self._everything:
                for port in rig.ports:
                    self._claims.take(port)
            for rig in self._everything:
                rig.start()
        except OSError as error:
            self.stop()
            raise _not_up(error) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Take everything down; may be called again."""
        for rig in reversed(self._everything):
            rig.stop()
        self._claims.release()

    @property
    def devices(self) -> tuple[str, ...]:
        """Every id that a verb may name: devices, wires and cameras."""
        return tuple(dict.fromkeys([*self._roster, *self._actions, *self.left_out, *self._cameras]))

    def plan(self, verb: Verb) -> Do:
        """Return what lets a verb happen; nothing happens yet. Refused: that device cannot do that."""
        if verb.name == "wait":
            raise Refused("simulate.wait_in_scripts", "waiting is for scripts: here, type it when it is time")
        device = verb.device or self._fence_of(verb.values["zone"])
        action = self._actions.get(device, {}).get(verb.name)
        if action is None:
            raise self._cannot(device, verb)
        return action(verb)

    def do(self, verb: Verb) -> None:
        """Let something happen. Refused: that device cannot do that, or a port cannot be had again."""
        happen = self.plan(verb)
        try:
            happen()
        except OSError as error:
            raise _not_up(error) from error

    def tell(self, words: str) -> None:
        """Let happen what is written. Refused: no such verb, device, or part of it."""
        self.do(verbs.parse(words, self.devices))

    def judge(self, words: str) -> Verb:
        """Return the verb that is written, which can happen here. Refused as `tell`, but nothing happens."""
        verb = verbs.parse(words, self.devices)
        if verb.name != "wait":
            self.plan(verb)
        return verb

    def places(self) -> tuple[tuple[str, str, str], ...]:
        """Return the wire, the id and the place of every simulated device."""
        rigs = [*self.rigs.items(), *(("-", stream) for stream in self.streams.values())]
        return tuple((name, device, place) for name, rig in rigs for device, place in rig.places.items())

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return what each device is now."""
        return {device: state for rig in self._everything for device, state in rig.states().items()}

    @property
    def _everything(self) -> tuple[Rig, ...]:
        return (*self.rigs.values(), *self.streams.values())

    def _fence_of(self, zone: str) -> str:
        """Return the fence that a zone is of. Refused: none, or several."""
        fences = {
            listed.id: tuple(listed.zones) for listed in self._roster.values() if listed.kind == "fence"
        }
        having = [fence for fence, zones in fences.items() if zone in zones]
        if len(having) == 1:
            return having[0]
        if not having and len(fences) == 1:
            ((fence, zones),) = fences.items()
            raise no_such_part(fence, zone, zones)
        raise Refused(
            "simulate.which_fence",
            "which fence? add: of DEVICE ({fences})",
            fences=", ".join(having or fences) or "-",
        )

    def _cannot(self, device: str, verb: Verb) -> Refused:
        if device not in self._actions:
            return _not_simulated(device, camera=device in self._cameras)
        listed = self._roster.get(device)
        for other in (listed.parent, listed.wire) if listed is not None else ():
            if other is not None and verb.name in self._actions[other]:
                return Refused(
                    "simulate.say_of",
                    "{device} cannot do this by itself: say it of {other}",
                    device=device,
                    other=other,
                )
        return Refused(
            "simulate.cannot",
            "{device} cannot do this; it can: {able}",
            device=device,
            able=verbs.able(self._actions[device], device) or "-",
        )


def _rig(  # noqa: PLR0911 - one a kind
    name: str, wire: Wire, environment: Mapping[str, str], clock: Clock
) -> Rig | None:
    match wire:
        case OsdpWire():
            return OsdpRig(name, wire, clock.mono)
        case UhppoteWire():
            return UhppoteRig(name, wire, clock)
        case ModbusWire():
            return ModbusRig(name, wire, clock.mono)
        case PatrolWire():
            return PatrolRig(name, wire)
        case QrWire():
            return ScannerRig(name, wire)
        case OnvifWire():
            return PtzRig(name, wire, environment, clock.wall)
        case ExtensionWire():
            return None
        case _:
            return ProbeRig(name, wire, environment)


def _camera(site: Site, camera: str, video: Path, clock: Clock) -> CameraRig:
    wired = site.cameras.get(camera)
    if wired is None:
        raise verbs.unknown_device(camera, site.cameras)
    if "://" in wired.source:
        raise Refused(
            "simulate.no_pipe",
            "the source {source} of {camera} is no named pipe: name a path where one can be made",
            source=wired.source,
            camera=camera,
        )
    return CameraRig(camera, Path(wired.source), video, clock.mono)


def _not_simulated(device: str, *, camera: bool) -> Refused:
    if camera:
        return Refused(
            "simulate.camera_not_fed",
            "{camera} is not simulated: name a pipe as its source and feed it with --video {camera}=FILE",
            camera=device,
        )
    return Refused(
        "simulate.not_simulated",
        "{device} is not simulated: another package brings its driver",
        device=device,
    )


def _not_up(error: OSError) -> Refused:
    return Refused(
        "simulate.not_up",
        "a simulated wire cannot be brought up ({reason}): {place}",
        reason=error.strerror or type(error).__name__,
        place=error.filename or "-",
    )
