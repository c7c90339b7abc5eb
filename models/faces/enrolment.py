"""Whether a picture is good enough to know a person by: one face, large, sharp, looking at the camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.errors import ModelError
from models.faces.engine import Face, FaceEngine, Picture, Template
from models.faces.quality import FaceQuality, quality
from models.geometry import Box, Point

LEAST_PX = 48
LEAST_SHARPNESS = 0.05
WIDEST_YAW_DEG = 35.0
WIDEST_ROLL_DEG = 35.0
BYSTANDER = 0.2  # a face narrower than this part of the largest one is background


class EnrolmentRefused(ModelError):
    """The picture would make a poor template; the sentence says what to change."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A face that was good enough, and its template."""

    face: Face
    quality: FaceQuality
    template: Template


def enrol(engine: FaceEngine, picture: Picture) -> Enrolled:
    """Return the one face of an enrolment picture with its template. EnrolmentRefused: it will not do."""
    face, measured = judged(picture, find(engine, picture))
    return Enrolled(face, measured, engine.embed(picture, face))


def find(engine: FaceEngine, picture: Picture) -> list[Face]:
    """Return the faces of a picture; where there is none, also look for ones that fill it."""
    for shrink in (1, 2, 4):
        height, width = picture.shape[0] // shrink, picture.shape[1] // shrink
        if min(height, width) < LEAST_PX:
            return []
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) if shrink > 1 else picture
        faces = engine.detect(small.astype(np.uint8, copy=False))
        if faces:
            return [_enlarged(f, shrink) for f in faces]
    return []


def judged(picture: Picture, faces: Sequence[Face]) -> tuple[Face, FaceQuality]:
    """Return the face to enrol among those found in the picture. EnrolmentRefused says why none is."""
    if not faces:
        raise EnrolmentRefused(
            "faces.no_face",
            "No face was found in the picture: use a bright picture in which the face looks at the camera.",
        )
    widest = max(f.box.width for f in faces)
    people = [f for f in faces if f.box.width >= BYSTANDER * widest]
    if len(people) > 1:
        raise EnrolmentRefused(
            "faces.two_faces",
            "There are {count} faces in the picture: cut out the one that is meant.",
            count=len(people),
        )
    measured = quality(picture, people[0])
    _require(measured)
    return people[0], measured


def _require(measured: FaceQuality) -> None:
    if measured.face_px < LEAST_PX:
        raise EnrolmentRefused(
            "faces.too_small",
            "The face is only {face_px} px wide, {least_px} are needed: take the picture from nearer by.",
            face_px=measured.face_px,
            least_px=LEAST_PX,
        )
    if measured.sharpness < LEAST_SHARPNESS:
        raise EnrolmentRefused(
            "faces.blurred",
            "The face is blurred (sharpness {sharpness:.2f} of {least:.2f}): hold still in good light.",
            sharpness=measured.sharpness,
            least=LEAST_SHARPNESS,
        )
    if abs(measured.yaw_deg or 0) > WIDEST_YAW_DEG:
        raise EnrolmentRefused(
            "faces.turned_away",
            "The face is turned to the side by {degrees:.0f} degrees: look straight at the camera.",
            degrees=abs(measured.yaw_deg or 0),
        )
    if abs(measured.roll_deg or 0) > WIDEST_ROLL_DEG:
        raise EnrolmentRefused(
            "faces.tilted",
            "The face is tilted by {degrees:.0f} degrees: turn the picture or hold the head straight.",
            degrees=abs(measured.roll_deg or 0),
        )


def _enlarged(face: Face, by: int) -> Face:
    box = face.box
    return replace(
        face,
        box=Box(box.x * by, box.y * by, box.width * by, box.height * by),
        landmarks=tuple(Point(p.x * by, p.y * by) for p in face.landmarks),
    )
