"""Everything at the other end of a site file's wires, and what happens to it."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.refusal import Refused
from edge.simulation.buses import ModbusRig
from edge.simulation.cameras import CameraRig
from edge.simulation.doors import OsdpRig, UhppoteRig
from edge.simulation.listened import PatrolRig, ProbeRig
from edge.simulation.rig import Rig, happen
from edge.simulation.verbs import Verb, parse
from edge.site.roster import roster
from edge.site.schema import Site
from edge.site.wires import ExtensionWire, ModbusWire, OsdpWire, PatrolWire, UhppoteWire, Wire


class SimulatedCompound:
    """The simulated devices of a site. A context manager: what it brought up is gone when it is left.

    `videos` names the file that a camera streams; only cameras with a path for a source can be simulated.
    """

    def __init__(self, site: Site, environment: Mapping[str, str], videos: Mapping[str, Path]) -> None:
        self.rigs: dict[str, Rig] = {}
        for name, wire in site.wires.items():
            rig = _rig(name, wire, environment)
            if rig is not None:
                self.rigs[name] = rig
        for camera, video in videos.items():
            self.rigs[camera] = _camera(site, camera, video)
        self._fences = [device for device, listed in roster(site.wires).items() if listed.kind == "fence"]
        self._names = tuple(dict.fromkeys([*roster(site.wires), *self.rigs]))
        self._left_out = [name for name in site.wires if name not in self.rigs]

    def __enter__(self) -> Self:
        """Bring everything up, or nothing. Refused: a port or an address cannot be ours."""
        try:
            for rig in self.rigs.values():
                rig.start()
        except OSError as error:
            self.stop()
            raise Refused(
                "simulate.not_up", "a simulated wire cannot be brought up: {why}", why=error
            ) from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take everything down."""
        self.stop()

    @property
    def devices(self) -> tuple[str, ...]:
        """Every id that a verb may name: devices, wires and simulated cameras."""
        return self._names

    @property
    def left_out(self) -> tuple[str, ...]:
        """The wires that nobody here can simulate."""
        return tuple(self._left_out)

    def do(self, verb: Verb) -> None:
        """Let something happen. Refused: that device cannot do that, or it is not clear which is meant."""
        device = verb.device or self._only_fence()
        for rig in self.rigs.values():
            if device in rig.actions:
                happen(rig, device, verb)
                return
        raise Refused("simulate.no_device", "there is no device {device}: state lists them", device=device)

    def tell(self, words: str) -> None:
        """Let happen what is written. Refused: no such verb, device, or part of it."""
        self.do(parse(words, self.devices))

    def states(self) -> Mapping[str, str]:
        """Return what each device is like now."""
        return {device: state for rig in self.rigs.values() for device, state in rig.states().items()}

    def stop(self) -> None:
        """Take everything down; may be called again."""
        for rig in reversed(list(self.rigs.values())):
            rig.stop()

    def _only_fence(self) -> str:
        if len(self._fences) != 1:
            raise Refused(
                "simulate.which_fence",
                "which fence? add: of DEVICE ({fences})",
                fences=", ".join(self._fences) or "-",
            )
        return self._fences[0]


def _rig(name: str, wire: Wire, environment: Mapping[str, str]) -> Rig | None:
    match wire:
        case OsdpWire():
            return OsdpRig(name, wire)
        case UhppoteWire():
            return UhppoteRig(name, wire)
        case ModbusWire():
            return ModbusRig(name, wire)
        case PatrolWire():
            return PatrolRig(name, wire)
        case ExtensionWire():
            return None
        case _:
            return ProbeRig(name, wire, environment)


def _camera(site: Site, camera: str, video: Path) -> CameraRig:
    wired = site.cameras.get(camera)
    if wired is None or "://" in wired.source or not video.is_file():
        raise Refused(
            "simulate.no_camera",
            "{camera} cannot stream {video}: its source must be a path, and the video must be there",
            camera=camera,
            video=video,
        )
    return CameraRig(camera, wired.source, video)
