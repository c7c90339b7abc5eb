"""A simulated gate as moving pictures: people on the footpath, cars at the barrier.

Every picture is a function of the time within the loop alone. Loops begin and end with nobody there, so
that a file played again and again does not jump.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers.sim import gate_scene_backdrop as backdrop
from drivers.sim import gate_scene_cars as cars
from drivers.sim import gate_scene_people as people
from drivers.sim import plate_artwork
from drivers.sim.gate_scene_sprites import Picture, paste

FPS = 25
LOOP_S = 40.0

# The two people who exist twice walk with the later photograph; a site enrols the earlier ones.
RESIDENT_WALKS, RESIDENT_ENROLS = "person_a_2", "person_a_1"
WATCHED_WALKS, WATCHED_ENROLS = "person_b_2", "person_b_1"
STRANGERS = ("impostor_1", "impostor_2")

REGISTERED_PLATE = "鄂F8K362"
UNKNOWN_PLATE = "鄂A5T917"
WATCHED_PLATE = "鄂FD58267"


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's way through the footpath camera's picture."""

    person: str
    starts_s: float


@dataclass(frozen=True, slots=True)
class Drive:
    """One car's way to the barrier and out of the lane camera's picture."""

    plate: str
    paint: tuple[int, int, int]
    starts_s: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face or a plate is drawn: its middle and size in pixels, and whether nothing hides it."""

    name: str
    x: float
    y: float
    width: float
    height: float
    in_view: bool


WALKS = (
    Walk(WATCHED_WALKS, 0.6),
    Walk(RESIDENT_WALKS, 10.0),
    Walk(STRANGERS[0], 19.5),
    Walk(STRANGERS[1], 29.0),
)
DRIVES = (
    Drive(REGISTERED_PLATE, (150, 152, 156), 1.0),
    Drive(UNKNOWN_PLATE, (60, 46, 120), 14.0),
    Drive(WATCHED_PLATE, (206, 208, 210), 27.0),
)

FENCE_WALK = Walk(STRANGERS[1], 8.0)
FENCE_WALK_S = 12.0
_FENCE_FACE_PX = 46.0

WALK_S, PASS_S = 5.6, 1.0  # towards the camera; then past it
ARRIVE_S, WAIT_S, LEAVE_S = 3.6, 3.2, 1.8


class Scene(Protocol):
    """A camera's view as a function of time."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def frame(self, time_s: float) -> Picture:
        """Return the picture at that time within the loop; the same time gives the same bytes."""
        ...


class Footpath:
    """Photographed people come through the gate towards the camera, one after the other."""

    def __init__(self, photographs: Path, walks: Sequence[Walk] = WALKS) -> None:
        """Cut the people out of `photographs`. FileNotFoundError: one of the pictures is not there."""
        self.size = backdrop.FACE_SIZE
        self._walks = tuple(walks)
        self._people = {walk.person: people.load(photographs, walk.person) for walk in walks}
        self._empty, self._wall = backdrop.footpath()
        self._noise = backdrop.sensor_noise(self.size, 1.8, seed=23)

    def face(self, time_s: float) -> Place | None:
        """Return where a face is drawn at that time; None while nobody is on the path."""
        for walk in self._walks:
            since = time_s - walk.starts_s
            if 0 <= since < WALK_S + PASS_S:
                return self._face(walk, since)
        return None

    def frame(self, time_s: float) -> Picture:
        """Return the picture at that time within the loop."""
        picture = self._empty.copy()
        place = self.face(time_s)
        if place is not None:
            person = self._people[place.name]
            scale = place.width / people.FACE_PX
            paste(picture, person.figure, (place.x, place.y), scale)
            if not place.in_view:
                picture[self._wall > 0] = self._empty[self._wall > 0]
        return self._noise.on(picture, round(time_s * FPS))

    def _face(self, walk: Walk, since_s: float) -> Place:
        person = self._people[walk.person]
        width = 120 / (2.4 - 1.4 * min(since_s, WALK_S) / WALK_S)
        steps = math.sin(2 * math.pi * 0.9 * since_s)
        x = 150 + 260 * _smooth(since_s / 1.3) + 70 * since_s / WALK_S + 0.07 * width * steps
        y = 176 + 0.42 * (width - 50) + 0.025 * width * abs(steps)
        passing = max(0.0, since_s - WALK_S) / PASS_S
        return Place(
            walk.person,
            x + 860 * passing**2,
            y,
            width * (1 + 0.15 * passing),
            person.face_height * width / people.FACE_PX,
            1.3 <= since_s < WALK_S + 0.35,
        )


class Lane:
    """Cars come up to the barrier, wait for it and drive through."""

    def __init__(self, drives: Sequence[Drive] = DRIVES) -> None:
        """Draw the cars and their plates."""
        self.size = backdrop.PLATE_SIZE
        self._drives = tuple(drives)
        self._cars = {d.plate: cars.car_front(plate_artwork.draw(d.plate), d.paint) for d in drives}
        self._empty = backdrop.lane()
        self._noise = backdrop.sensor_noise(self.size, 1.8, seed=29)

    def plate(self, time_s: float) -> Place | None:
        """Return where a plate is drawn at that time; None while there is no car."""
        for drive in self._drives:
            since = time_s - drive.starts_s
            if 0 <= since < ARRIVE_S + WAIT_S + LEAVE_S:
                return self._plate(drive, since)
        return None

    def frame(self, time_s: float) -> Picture:
        """Return the picture at that time within the loop."""
        picture = self._empty.copy()
        place = self.plate(time_s)
        if place is not None:
            car = self._cars[place.name]
            paste(picture, car.figure, (place.x, place.y), place.width / cars.PLATE_PX)
        cars.draw_arm(picture, self._arm(time_s))
        return self._noise.on(picture, round(time_s * FPS))

    def _plate(self, drive: Drive, since_s: float) -> Place:
        distance = 1 + 11 * (1 - min(since_s / ARRIVE_S, 1.0)) ** 2.2
        leaving = max(0.0, since_s - ARRIVE_S - WAIT_S) / LEAVE_S
        width = 168 / distance * (1 + 0.5 * leaving**2)
        x = 645 - 25 / distance + 40 * leaving
        y = 262 + 318 / distance + 760 * leaving**2
        height = self._cars[drive.plate].plate_height * width / cars.PLATE_PX
        return Place(drive.plate, x, y, width, height, in_view=leaving < 0.3)

    def _arm(self, time_s: float) -> float:
        opened = 0.0
        for drive in self._drives:
            since = time_s - drive.starts_s
            rising = _smooth((since - ARRIVE_S - WAIT_S + 1.1) / 1.1)
            falling = _smooth((since - ARRIVE_S - WAIT_S - LEAVE_S - 0.4) / 1.2)
            opened = max(opened, rising - falling)
        return opened


class FenceLine:
    """Somebody walks along the wall under the wires of the fence, looks up at them, and walks on."""

    def __init__(self, photographs: Path, walk: Walk = FENCE_WALK) -> None:
        """Cut the person out of `photographs`. FileNotFoundError: the picture is not there."""
        self.size = backdrop.FACE_SIZE
        self._walk = walk
        self._person = people.load(photographs, walk.person)
        self._empty = backdrop.fence()
        self._noise = backdrop.sensor_noise(self.size, 1.8, seed=31)

    def face(self, time_s: float) -> Place | None:
        """Return where the face is drawn at that time; None while nobody is there."""
        since = time_s - self._walk.starts_s
        if not 0 <= since < FENCE_WALK_S:
            return None
        stands = min(max(since - 0.4 * FENCE_WALK_S, 0.0), 0.2 * FENCE_WALK_S)
        share = (since - stands) / (0.8 * FENCE_WALK_S)
        x = -80 + (self.size[0] + 160) * share
        y = 214 + 3 * abs(math.sin(2 * math.pi * 0.9 * (since - stands)))
        height = self._person.face_height * _FENCE_FACE_PX / people.FACE_PX
        return Place(self._walk.person, x, y, _FENCE_FACE_PX, height, 40 < x < self.size[0] - 40)

    def frame(self, time_s: float) -> Picture:
        """Return the picture at that time within the loop."""
        picture = self._empty.copy()
        place = self.face(time_s)
        if place is not None:
            paste(picture, self._person.figure, (place.x, place.y), place.width / people.FACE_PX)
        return self._noise.on(picture, round(time_s * FPS))


def _smooth(share: float) -> float:
    clipped = min(max(share, 0.0), 1.0)
    return clipped * clipped * (3 - 2 * clipped)
