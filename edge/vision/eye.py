"""One camera in a vision worker: the stream, what is seen in it, and whether it is there at all."""

import logging
from dataclasses import dataclass

from drivers.cameras.camera import Camera as CameraDriver
from edge.clock import Clock
from edge.events import CameraFound, CameraLost, Report
from edge.site.cameras import wiring_of
from edge.site.schema import Camera
from edge.vision import watching
from edge.vision.messages import CameraState, Challenge
from edge.vision.observer import CameraObserver
from models.faces.gallery import Gallery

# Between two pictures a head that turns must not skip the angles between.
CHALLENGED_EVERY_S = 0.1

log = logging.getLogger("menwei.vision")


def open_eye(
    name: str, camera: Camera, password: str | None, observer: CameraObserver, clock: Clock
) -> "Eye":
    """Return an eye on one camera of the site file, not yet started."""
    driver = CameraDriver(wiring_of(name, camera, password), clock.mono)
    watch = watching.Watch(camera=name, lost_after_s=camera.lost_after_s, since_s=clock.mono())
    return Eye(driver, observer, watch, clock, every_s=1 / camera.analyse_fps)


@dataclass(slots=True)
class Eye:
    """Looks at the newest frame whenever its turn has come. Used by one thread."""

    _driver: CameraDriver
    _observer: CameraObserver
    _watch: watching.Watch
    _clock: Clock
    every_s: float
    due_s: float = 0.0
    _seen_s: float = float("-inf")
    _failing_since_s: float | None = None

    @property
    def name(self) -> str:
        """The camera's id in the site file."""
        return self._watch.camera

    def start(self) -> None:
        """Open the streams, in a thread of the camera's own."""
        self._driver.start()

    def stop(self) -> None:
        """Close the streams and end the thread."""
        self._driver.stop()

    def learn(self, gallery: Gallery) -> None:
        """Recognise with a new gallery from the next frame on."""
        self._observer.learn(gallery)

    def challenge(self, challenge: Challenge) -> None:
        """Watch how a face meets a challenge, with more pictures a second than otherwise."""
        self._observer.challenge(challenge)

    def look(self) -> list[Report]:
        """Analyse the newest frame if it is new and its turn has come; report what there is to say."""
        now = self._clock.mono()
        if now < self.due_s:
            return []
        every_s = min(self.every_s, CHALLENGED_EVERY_S) if self._observer.challenged else self.every_s
        self.due_s = max(self.due_s + every_s, now)
        self._watch, said = watching.step(self._watch, self._driver.health(), now)
        reports = [Report(observation) for observation in said]
        frame = self._driver.newest()
        if frame is None or frame.mono_s <= self._seen_s:
            return reports
        self._seen_s = frame.mono_s
        try:
            reports += self._observer.see(frame, self._driver.main_frame)
        except Exception as error:
            log.exception("camera %s: a frame could not be analysed", self.name)
            return reports + self._failed(error, now)
        return reports + self._recovered(now)

    def state(self) -> CameraState:
        """Return the camera's health for the heartbeat."""
        health = self._driver.health()
        return CameraState(
            state=str(health.state),
            last_packet_age_s=health.last_packet_age_s,
            last_frame_age_s=health.last_frame_age_s,
            frames=health.frames,
            malformed=health.malformed,
            reconnects=health.reconnects,
            reason=health.reason,
            detail=health.detail,
        )

    def _failed(self, error: Exception, now_s: float) -> list[Report]:
        """Fence the camera off: its pictures cannot be analysed, the others go on."""
        if self._failing_since_s is not None:
            return []
        self._failing_since_s = now_s
        lost = CameraLost(
            camera=self.name,
            mono_s=now_s,
            reason="vision.analysis_failed",
            detail=type(error).__name__,
            last_frame_age_s=None,
        )
        return [Report(lost)]

    def _recovered(self, now_s: float) -> list[Report]:
        if self._failing_since_s is None:
            return []
        away = now_s - self._failing_since_s
        self._failing_since_s = None
        health = self._driver.health()
        found = CameraFound(
            camera=self.name,
            mono_s=now_s,
            away_s=away,
            width=health.width,
            height=health.height,
            codec=health.codec,
        )
        return [Report(found)]
