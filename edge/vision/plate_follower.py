"""Follows the plates of one camera from frame to frame and reads them while they come nearer."""

from dataclasses import replace

from edge.events import Report
from edge.site.schema import Camera
from edge.vision import plate_sightings
from edge.vision.label import Label
from edge.vision.picture import fractions
from edge.vision.plate_sightings import BestPlate, PlateTrack
from edge.vision.presence import Present
from edge.vision.track_numbers import TrackNumbers
from edge.vision.zones import zones_of
from models import tracking
from models.plates.engine import PlateEngine
from models.plates.found import Picture, PlateFound


class PlateFollower:
    """The plate tracks of one camera. Not thread-safe."""

    def __init__(
        self, name: str, camera: Camera, engine: PlateEngine, *, agreeing_reads: int, numbers: TrackNumbers
    ) -> None:
        self._name = name
        self._camera = camera
        self._engine = engine
        self._agreeing_reads = agreeing_reads
        self._numbers = numbers
        self._tracking = tracking.TrackState()
        self._tracks: dict[int, PlateTrack] = {}
        self._size = (1, 1)

    @property
    def following(self) -> bool:
        """Whether any track lives."""
        return bool(self._tracking.tracks)

    def see(self, picture: Picture, now_s: float) -> list[Report]:
        """Return what is to say of the plates after one picture."""
        height, width = picture.shape[:2]
        self._size = (width, height)
        plates = self._engine.detect(picture)
        state = replace(self._tracking, next_id=self._numbers.next)
        step = tracking.step(state, [p.box for p in plates], now_s)
        self._tracking, self._numbers.next = step.state, step.state.next_id
        for plate, number in zip(plates, step.assigned, strict=True):
            self._tracks[number] = self._read(self._tracks.get(number, PlateTrack()), picture, plate)
        reports = [r for number in step.assigned for r in self._tell(number, now_s)]
        for ended in step.ended:
            self._tracks.pop(ended.id, None)
        return reports

    def finish(self, now_s: float) -> list[Report]:
        """End every track; a plate is told as soon as it is agreed, so nothing is left to say."""
        del now_s
        self._tracking = tracking.finish(self._tracking).state
        self._tracks.clear()
        return []

    def present(self) -> list[Present]:
        """Return the vehicles of confirmed tracks and where they are.

        What never read like a plate is a sign or a shadow, no vehicle.
        """
        found = []
        for track in self._tracking.tracks:
            known = self._tracks.get(track.id)
            if track.confirmed and known is not None and plate_sightings.reads_like_a_plate(known):
                box = fractions(track.box, *self._size)
                found.append(Present("vehicle", track.id, box, zones_of(box, self._camera.zones)))
        return found

    def labels(self) -> list[Label]:
        """Return the boxes of live tracks and what was told of their plates."""
        return [
            Label(fractions(t.box, *self._size), "plate", t.id, told.text if told else None)
            for t in self._tracking.tracks
            if t.misses == 0
            for told in [self._tracks[t.id].told if t.id in self._tracks else None]
        ]

    def _read(self, track: PlateTrack, picture: Picture, plate: PlateFound) -> PlateTrack:
        box = fractions(plate.box, *self._size)
        best = BestPlate(plate.width_px * plate.score, box, picture)
        track = plate_sightings.with_picture(track, best, zones_of(box, self._camera.zones))
        if plate.width_px < self._camera.min_plate_px or not plate_sightings.wants_shot(
            track, plate.width_px
        ):
            return track
        return plate_sightings.with_shot(track, self._engine.read(picture, plate))

    def _tell(self, number: int, now_s: float) -> list[Report]:
        track, report = plate_sightings.tell(
            self._name, number, self._tracks[number], self._agreeing_reads, now_s
        )
        self._tracks[number] = track
        return [] if report is None else [report]
