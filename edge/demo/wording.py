"""What the demo says of observations and alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from drivers.said import OrderDone
from edge import catalogue
from edge.access.request import BY
from edge.access.wording import verdict_of
from edge.alerts.alert import Alert
from edge.box_events import OpeningOrdered, OrderGiven, PassageDecided
from edge.catalogue import Language
from edge.devices import wording as devices_wording
from edge.events import (
    CameraCleared,
    CameraFound,
    CameraLost,
    CameraObservation,
    CameraTampered,
    FaceSeen,
    Observation,
    PlateRead,
    PresenceBegan,
    VisionWorkerFound,
    VisionWorkerLost,
)
from edge.linkage.effects import Sentence
from edge.site.roster import Listed


@dataclass(frozen=True, slots=True)
class Wording:
    """Tells in one language, with the names of cameras and of people on the registers."""

    language: Language
    zone: tzinfo
    cameras: Mapping[str, str]
    names: Mapping[str, str]
    devices: Mapping[str, Listed]

    def say(self, sentence: str, **values: object) -> str:
        """Return the demo's sentence of that name."""
        return catalogue.text(f"demo.{sentence}", self.language, **values)

    def clock(self, wall_s: float) -> str:
        """Return a wall time of the site to the second."""
        return datetime.fromtimestamp(wall_s, UTC).astimezone(self.zone).strftime("%H:%M:%S")

    def alert(self, alert: Alert) -> str:
        """Return an alert's sentence."""
        return alert.text.zh if self.language == "zh-CN" else alert.text.en

    def observation(self, observation: Observation) -> str | None:
        """Return what was observed, None for what a live view need not tell: repetitions, endings."""
        if isinstance(observation, PassageDecided):
            return self._passage(observation)
        said = devices_wording.sentence(observation, self.devices)
        if said is not None:
            return self._said(observation, said)
        told = self._seen(observation) or self._health(observation)
        if told is None or not isinstance(observation, CameraObservation):
            return told
        return self.say(
            "at_camera", camera=self.cameras.get(observation.camera, observation.camera), what=told
        )

    def _said(self, observation: Observation, said: Sentence) -> str | None:
        # What is read when the demo begins fills the screen with what is as it should be.
        if getattr(observation, "first", False) or isinstance(observation, OrderDone):
            return None
        # What was decided was told already.
        if isinstance(observation, OpeningOrdered | OrderGiven) and observation.by == BY:
            return None
        return catalogue.text(said.key, self.language, **said.values)

    def _passage(self, decided: PassageDecided) -> str:
        device = self.devices.get(decided.device)
        who = " ".join(self.names.get(subject, subject) for subject in decided.subjects)
        return self.say(
            "passage",
            device=decided.device if device is None else device.name,
            who=who and f"{who} ",
            verdict=verdict_of(decided, self.language),
        )

    def _seen(self, observation: Observation) -> str | None:
        match observation:
            case FaceSeen(repeat=0, subject=None):
                return self.say("face_unknown")
            case FaceSeen(repeat=0, subject=str(subject)):
                name = self.names.get(subject, subject)
                return self.say("face_named", name=name, similarity=f"{observation.similarity or 0.0:.2f}")
            case PlateRead(repeat=0):
                return self.say("plate", plate=observation.text, reads=observation.exact_reads)
            case PresenceBegan(zone=None):
                return self.say(f"{observation.what}_began")
            case _:
                return None

    def _health(self, observation: Observation) -> str | None:
        match observation:
            case CameraFound():
                return self.say("camera_found", width=observation.width, height=observation.height)
            case CameraLost():
                return self.say("camera_lost", detail=observation.detail)
            case CameraTampered() | CameraCleared():
                name = "camera_tampered" if isinstance(observation, CameraTampered) else "camera_cleared"
                return self.say(name)
            case VisionWorkerFound():
                return self.say("worker_found")
            case VisionWorkerLost():
                return self.say("worker_lost", detail=observation.detail)
            case _:
                return None
