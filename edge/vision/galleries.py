"""The registered and the watched, asked apart: whoever stands on both lists must not hide behind himself."""

from dataclasses import dataclass

import numpy as np

from edge.registers import subjects
from edge.vision.agreement import Bar
from models.faces.gallery import Candidate, Gallery


@dataclass(frozen=True, slots=True, eq=False)
class Galleries:
    """One gallery in two parts."""

    registered: Gallery
    watched: Gallery

    @property
    def empty(self) -> bool:
        """Whether nobody is in either."""
        return not (self.registered.subjects or self.watched.subjects)


def divided(gallery: Gallery) -> Galleries:
    """Return the gallery's people and its watch-list entries apart."""
    is_watched = np.array([subjects.is_watched(s) for s in gallery.subjects], dtype=np.bool_)
    return Galleries(_part(gallery, ~is_watched), _part(gallery, is_watched))


def preferred(registered: Candidate, watched: Candidate, bar: Bar) -> Candidate:
    """Return whom a face is taken for: the watched one unless a registered person is clearly nearer.

    A cared-for resident is on both lists, as near to one entry as to the other: neither is the other's
    runner-up then, and the watch-list speaks.
    """
    reaches = watched.subject is not None and watched.similarity >= bar.similarity
    if reaches and watched.similarity > registered.similarity - bar.margin:
        return watched
    nearest, other = registered, watched
    if watched.similarity > registered.similarity:
        nearest, other = watched, registered
    return Candidate(nearest.subject, nearest.similarity, max(nearest.runner_up, other.similarity))


def _part(gallery: Gallery, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Gallery:
    names = tuple(s for s, keep in zip(gallery.subjects, kept, strict=True) if keep)
    return Gallery(gallery.engine, names, gallery.templates[kept])
