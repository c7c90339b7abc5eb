"""Follows boxes from picture to picture: overlap with where each track should be by now, greedily.

Pure: `step` takes the state and returns the next. The unit of a box is the caller's; velocity is that
unit a second.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from models.geometry import Box


class Velocity(NamedTuple):
    """How fast a box's centre moves, a second."""

    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that was followed.

    `box` is where it was last seen, at `last_s`; `hits` counts the pictures that showed it, `misses`
    those since the last one that did not.
    """

    id: int
    box: Box
    hits: int
    misses: int
    first_s: float
    last_s: float
    velocity: Velocity = field(default_factory=Velocity)
    confirmed: bool = False

    def expected(self, now_s: float) -> Box:
        """Return where its box should be at `now_s`, going on as it did; it coasts for a second at most."""
        ahead_s = min(max(0.0, now_s - self.last_s), _COAST_S)
        return replace(
            self.box, x=self.box.x + self.velocity.x * ahead_s, y=self.box.y + self.velocity.y * ahead_s
        )


@dataclass(frozen=True, slots=True)
class Following:
    """How tracks are made and ended.

    A track is confirmed by its `confirm_hits`th hit and ends when it was not seen for `max_gap_s`; one that
    was never confirmed ends at its second miss in a row. `min_overlap` is the intersection over union from
    which a detection is the track's. Below that, centres nearer than `max_distance` box sizes count too if
    the track was seen within `near_s`: a small fast thing leaves its own box within one picture, but
    whoever turns up nearby after a gap is somebody else.
    """

    confirm_hits: int = 3
    max_gap_s: float = 2.0
    min_overlap: float = 0.2
    max_distance: float = 1.2
    near_s: float = 0.5


@dataclass(frozen=True, slots=True)
class TrackState:
    """All living tracks and the next id; the initial state is `TrackState()`."""

    tracks: tuple[Track, ...] = ()
    next_id: int = 1
    following: Following = field(default_factory=Following)


class Step(NamedTuple):
    """What one picture did: next state, track id of each detection in order, tracks that ended."""

    state: TrackState
    assigned: tuple[int, ...]
    ended: tuple[Track, ...]


_COAST_S = 1.0
# Weight of the newest displacement in the velocity: boxes of detectors jitter.
_NEWEST = 0.4


def step(state: TrackState, boxes: Sequence[Box], now_s: float) -> Step:
    """Return the state after a picture taken at `now_s` (never before the last) that showed `boxes`.

    Every box belongs to exactly one track, an old or a new one. Ids rise and never come again.
    """
    pairs = _matched(state, boxes, now_s)
    by_track = {track: box for box, track in pairs.items()}
    living: list[Track] = []
    ended: list[Track] = []
    for index, track in enumerate(state.tracks):
        if index in by_track:
            living.append(_seen(track, boxes[by_track[index]], now_s, state.following))
        else:
            missed = replace(track, misses=track.misses + 1)
            (ended if _is_over(missed, now_s, state.following) else living).append(missed)
    assigned, born = _assigned(state, boxes, pairs, now_s)
    after = replace(state, tracks=(*living, *born), next_id=state.next_id + len(born))
    return Step(after, assigned, tuple(ended))


def finish(state: TrackState) -> Step:
    """Return the state with every track ended: the camera was lost or the footage is over."""
    return Step(replace(state, tracks=()), (), state.tracks)


def _assigned(
    state: TrackState, boxes: Sequence[Box], pairs: dict[int, int], now_s: float
) -> tuple[tuple[int, ...], list[Track]]:
    born: list[Track] = []
    ids: list[int] = []
    for index, box in enumerate(boxes):
        if index in pairs:
            ids.append(state.tracks[pairs[index]].id)
            continue
        confirmed = state.following.confirm_hits <= 1
        born.append(Track(state.next_id + len(born), box, 1, 0, now_s, now_s, confirmed=confirmed))
        ids.append(born[-1].id)
    return tuple(ids), born


def _matched(state: TrackState, boxes: Sequence[Box], now_s: float) -> dict[int, int]:
    """Return index of box -> index of track, best pairs first; confirmed tracks choose before the rest."""
    following = state.following
    candidates: list[tuple[bool, float, int, int]] = []
    for at, track in enumerate(state.tracks):
        expected = track.expected(now_s)
        reach = following.max_distance if now_s - track.last_s <= following.near_s else 0.0
        for index, box in enumerate(boxes):
            affinity = _affinity(expected, box, following.min_overlap, reach)
            if affinity > 0:
                candidates.append((not track.confirmed, -affinity, at, index))
    candidates.sort()
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, at, index in candidates:
        if at not in taken and index not in pairs:
            pairs[index] = at
            taken.add(at)
    return pairs


def _affinity(expected: Box, box: Box, min_overlap: float, reach: float) -> float:
    """Return above 1 for an overlap, 0 to 1 for near centres of like size, 0 for strangers."""
    overlap = expected.overlap(box)
    if overlap >= min_overlap:
        return 1.0 + overlap
    if reach <= 0 or expected.area <= 0 or not 0.4 < box.area / expected.area < 2.5:
        return 0.0
    size = math.sqrt(math.sqrt(expected.area) * math.sqrt(box.area))
    there, here = expected.centre, box.centre
    distance = math.hypot(there.x - here.x, there.y - here.y) / size
    return max(0.0, 1.0 - distance / reach)


def _seen(track: Track, box: Box, now_s: float, following: Following) -> Track:
    hits = track.hits + 1
    return Track(
        id=track.id,
        box=box,
        hits=hits,
        misses=0,
        first_s=track.first_s,
        last_s=now_s,
        velocity=_velocity(track, box, now_s),
        confirmed=track.confirmed or hits >= following.confirm_hits,
    )


def _velocity(track: Track, box: Box, now_s: float) -> Velocity:
    passed_s = now_s - track.last_s
    if passed_s <= 0:
        return track.velocity
    was, is_ = track.box.centre, box.centre
    newest = Velocity((is_.x - was.x) / passed_s, (is_.y - was.y) / passed_s)
    if track.hits == 1:
        return newest
    return Velocity(
        track.velocity.x + _NEWEST * (newest.x - track.velocity.x),
        track.velocity.y + _NEWEST * (newest.y - track.velocity.y),
    )


def _is_over(track: Track, now_s: float, following: Following) -> bool:
    if not track.confirmed and track.misses >= 2:
        return True
    return now_s - track.last_s > following.max_gap_s
