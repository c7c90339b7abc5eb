"""The track numbers of one camera: faces, plates and bodies never share one."""

from dataclasses import dataclass


@dataclass(slots=True)
class TrackNumbers:
    """The number that the next track of this camera gets."""

    next: int = 1
