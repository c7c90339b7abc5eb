"""Follows the people of one camera by their bodies: who shows no face is still there."""

from collections.abc import Sequence
from dataclasses import replace

from edge.site.schema import Camera
from edge.vision.label import Label
from edge.vision.picture import fractions
from edge.vision.presence import Present
from edge.vision.track_numbers import TrackNumbers
from edge.vision.zones import zones_of
from models import tracking
from models.geometry import Box
from models.people.detector import Person, PersonDetector, distinct
from models.people.look import Picture
from models.people.regions import regions

# Three looks at each body cost more than a face: often enough for whoever walks.
LOOK_EVERY_S = 0.4
MOST_REGIONS = 5
# A body behind a post or bent over a bag is missed for seconds; the person is still there.
FOLLOWING = tracking.Following(confirm_hits=3, max_gap_s=4.0)


class PersonFollower:
    """The body tracks of one camera. Not thread-safe."""

    def __init__(self, camera: Camera, detector: PersonDetector, numbers: TrackNumbers) -> None:
        self._camera = camera
        self._detector = detector
        self._numbers = numbers
        self._tracking = tracking.TrackState(following=FOLLOWING)
        self._looked_s = float("-inf")
        self._size = (1, 1)

    @property
    def following(self) -> bool:
        """Whether any track lives."""
        return bool(self._tracking.tracks)

    def see(self, picture: Picture, moved: Sequence[Box], now_s: float) -> None:
        """Look where it moved (fractions of the picture) and where the people followed should be."""
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        height, width = picture.shape[:2]
        self._size = (width, height)
        moving = [Box(b.x * width, b.y * height, b.width * width, b.height * height) for b in moved]
        followed = [track.expected(now_s) for track in self._tracking.tracks]
        found: list[Person] = []
        for region in regions(moving, followed, MOST_REGIONS):
            found += self._detector.detect(picture, region)
        people = distinct(found)
        state = replace(self._tracking, next_id=self._numbers.next)
        self._tracking = tracking.step(state, [p.box for p in people], now_s).state
        self._numbers.next = self._tracking.next_id

    def finish(self) -> None:
        """End every track."""
        self._tracking = tracking.finish(self._tracking).state
        self._looked_s = float("-inf")

    def present(self) -> list[Present]:
        """Return the people of confirmed tracks and where they are."""
        found = []
        for track in self._tracking.tracks:
            if track.confirmed:
                box = fractions(track.box, *self._size)
                found.append(Present("person", track.id, box, zones_of(box, self._camera.zones)))
        return found

    def labels(self) -> list[Label]:
        """Return the boxes of confirmed tracks that were seen at the last look."""
        return [
            Label(fractions(t.box, *self._size), "person", t.id, None)
            for t in self._tracking.tracks
            if t.confirmed and t.misses == 0
        ]
