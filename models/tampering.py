"""Whether a camera still shows its view: covered, black, frozen or moved.

Pure: `step` takes the state and a grey picture and returns the next state. The view is known by its
edges, each weighed against its surroundings: they stay when the light changes and vanish or shift when
somebody lays hands on the camera. People and vehicles that come and go are averaged away over seconds.

Limits: a scene that is drawn without any noise looks frozen; a switch to infrared light that shows quite
other edges looks moved; within the first `learn_s` only black and covered are told.
"""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from models.motion import Luma, shrunk

How = Literal["covered", "black", "frozen", "moved"]
Edges = npt.NDArray[np.float32]  # shape (90, 160)

_WIDTH, _HEIGHT = 160, 90
# A camera shakes in the wind and sinks on its bracket: so far it may shift, 6 % of the picture.
_SHAKE_X, _SHAKE_Y = 10, 6
_NEIGHBOURHOOD = (31, 31)
_FLAT = 4.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """From when on a view counts as tampered with; times in seconds, levels in grey values.

    `black_level` and `black_spread`: mean and standard deviation up to which a picture is black.
    `covered_edges`: fraction of the usual edges up to which it is covered; `bare_edges`: mean gradient up to
    which it is, whatever was usual. `moved_likeness`: correlation with the known view below which it is
    another; `same_likeness`: above which it is the known one again. `frozen_change`: fraction of pixels up
    to which two pictures are the same one. `hold_s` is how long black, covered and moved must last to be
    told, `frozen_s` how long a frozen picture, since encoders repeat what does not stir; `clear_s` how long
    the view must be itself again. A gap of `gap_s` between pictures starts every count anew.
    """

    black_level: float = 30.0
    black_spread: float = 8.0
    covered_edges: float = 0.4
    bare_edges: float = 2.5
    moved_likeness: float = 0.55
    same_likeness: float = 0.7
    frozen_change: float = 0.0005
    black_hold_s: float = 5.0
    covered_hold_s: float = 5.0
    moved_hold_s: float = 15.0
    frozen_s: float = 30.0
    clear_s: float = 5.0
    gap_s: float = 10.0
    learn_s: float = 10.0
    forget_s: float = 600.0
    blend_s: float = 4.0
    every_s: float = 0.5

    def hold_s(self, how: How) -> float:
        """Return how long this kind must last before it is told."""
        return {
            "black": self.black_hold_s,
            "covered": self.covered_hold_s,
            "moved": self.moved_hold_s,
            # Its time is counted by the pictures that stay the same.
            "frozen": 0.0,
        }[how]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a camera usually shows: its edges, their mean strength, and how much of it was learnt."""

    edges: Edges
    strength: float
    samples: int
    since_s: float


@dataclass(frozen=True, slots=True, eq=False)
class TamperState:
    """What is remembered of one camera; the initial state is `TamperState()`, which learns anew.

    `recent` are the edges of the last seconds, `previous` the last picture, `changed_s` when a picture last
    differed from the one before. `active` is what was told, `suspect_s` since when something is wrong and
    `sound_s` since when nothing is.
    """

    tolerance: Tolerance = Tolerance()
    last_s: float | None = None
    view: View | None = None
    recent: Edges | None = None
    previous: Luma | None = None
    changed_s: float = 0.0
    suspect_s: float | None = None
    sound_s: float | None = None
    active: How | None = None
    active_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TamperVerdict:
    """A change worth telling: `how` began, or is over after `lasted_s`.

    `measure` is what decided it: mean grey value (black), fraction of the usual edges (covered), seconds
    without change (frozen), likeness to the known view (moved).
    """

    how: How
    began: bool
    measure: float
    lasted_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sample:
    how: How | None
    measure: float
    known: bool


def step(state: TamperState, luma: Luma, now_s: float) -> tuple[TamperState, TamperVerdict | None]:
    """Return the state after a grey picture that was taken at `now_s`, and what is to be told.

    Pictures closer than `every_s` to the last one looked at cost nothing and change nothing; so the same
    picture may be handed in twice.
    """
    if state.last_s is not None and now_s < state.last_s + state.tolerance.every_s:
        return state, None
    if state.last_s is None or now_s - state.last_s > state.tolerance.gap_s:
        state = replace(state, previous=None, recent=None, changed_s=now_s, suspect_s=None, sound_s=None)
    state, sample = _observed(state, luma, now_s)
    return _judged(state, sample, now_s)


def _observed(state: TamperState, luma: Luma, now_s: float) -> tuple[TamperState, _Sample]:
    """Look at one picture: take it into the averages and say what seems wrong with it."""
    small = shrunk(luma)
    gradients = _gradients(small)
    edges = _weighed(gradients)
    previous = _thinned(luma)
    if _differs(state.previous, previous, state.tolerance.frozen_change):
        state = replace(state, changed_s=now_s)
    state = replace(state, previous=previous, recent=_blended(state, edges, now_s))
    strength = float(gradients.mean())
    sample = _sample(state, small, edges, strength, now_s)
    if sample.how is None and state.active is None:
        state = replace(state, view=_learnt(state, edges, strength, now_s))
    return replace(state, last_s=now_s), sample


def _sample(
    state: TamperState, small: npt.NDArray[np.float32], edges: Edges, strength: float, now_s: float
) -> _Sample:
    tolerance, view = state.tolerance, state.view
    level = float(small.mean())
    learnt = view is not None and now_s - view.since_s >= tolerance.learn_s
    # A dim night still shows the known edges; without a known view every dark picture is black.
    strange = view is None or not learnt or _likeness(edges, view.edges) < tolerance.moved_likeness
    if strange and level <= tolerance.black_level and float(small.std()) <= tolerance.black_spread:
        return _Sample("black", level, known=False)
    usual = 1.0 if view is None or view.strength <= 0 else strength / view.strength
    if strength <= tolerance.bare_edges:
        return _Sample("covered", min(1.0, usual), known=False)
    same_s = now_s - state.changed_s
    if same_s >= tolerance.frozen_s:
        return _Sample("frozen", same_s, known=False)
    if view is None or state.recent is None or not learnt:
        return _Sample(None, 1.0, known=True)
    if strange and usual <= tolerance.covered_edges:
        return _Sample("covered", usual, known=False)
    likeness = _likeness(state.recent, view.edges)
    moved = likeness < tolerance.moved_likeness
    return _Sample("moved" if moved else None, likeness, known=likeness >= tolerance.same_likeness)


def _judged(state: TamperState, sample: _Sample, now_s: float) -> tuple[TamperState, TamperVerdict | None]:
    if sample.how is None:
        return _sounder(state, sample, now_s)
    since_s = now_s if state.suspect_s is None else state.suspect_s
    state = replace(state, suspect_s=since_s, sound_s=None)
    if sample.how == state.active or now_s - since_s < state.tolerance.hold_s(sample.how):
        return state, None
    if state.active is not None:
        # It turned into something else: end the one, and tell the other with the next picture.
        return _cleared(state, sample.measure, now_s)
    told = replace(state, active=sample.how, active_s=since_s)
    return told, TamperVerdict(sample.how, began=True, measure=sample.measure)


def _sounder(state: TamperState, sample: _Sample, now_s: float) -> tuple[TamperState, TamperVerdict | None]:
    state = replace(state, suspect_s=None)
    if state.active is None or not sample.known:
        return replace(state, sound_s=None), None
    sound_s = now_s if state.sound_s is None else state.sound_s
    if now_s - sound_s < state.tolerance.clear_s:
        return replace(state, sound_s=sound_s), None
    return _cleared(replace(state, sound_s=None), sample.measure, now_s)


def _cleared(state: TamperState, measure: float, now_s: float) -> tuple[TamperState, TamperVerdict | None]:
    if state.active is None:
        return state, None
    verdict = TamperVerdict(state.active, began=False, measure=measure, lasted_s=now_s - state.active_s)
    return replace(state, active=None, active_s=0.0), verdict


def _gradients(small: npt.NDArray[np.float32]) -> Edges:
    # Halved first, which averages away the noise that a covered camera amplifies.
    half = cv2.resize(small, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    across, down = cv2.Sobel(half, cv2.CV_32F, 1, 0), cv2.Sobel(half, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _weighed(gradients: Edges) -> Edges:
    """Return each edge in proportion to those around it, which a change of light changes alike."""
    weighed = gradients / (np.asarray(cv2.blur(gradients, _NEIGHBOURHOOD)) + np.float32(_FLAT))
    return np.asarray(cv2.blur(weighed, (3, 3)), np.float32)


def _likeness(edges: Edges, view: Edges) -> float:
    """Return the correlation of two sets of edges at the shift that fits best, -1 to 1."""
    middle = np.ascontiguousarray(view[_SHAKE_Y:-_SHAKE_Y, _SHAKE_X:-_SHAKE_X])
    return float(np.max(np.asarray(cv2.matchTemplate(edges, middle, cv2.TM_CCOEFF_NORMED))))


def _blended(state: TamperState, edges: Edges, now_s: float) -> Edges:
    if state.recent is None or state.last_s is None:
        return edges
    weight = np.float32(1.0 - np.exp((state.last_s - now_s) / state.tolerance.blend_s))
    return np.asarray(state.recent + (edges - state.recent) * weight, np.float32)


def _learnt(state: TamperState, edges: Edges, strength: float, now_s: float) -> View:
    view = state.view
    if view is None:
        return View(edges, strength, 1, now_s)
    passed_s = 0.0 if state.last_s is None else min(now_s - state.last_s, state.tolerance.gap_s)
    weight = max(1.0 / (view.samples + 1), passed_s / state.tolerance.forget_s)
    return View(
        edges=np.asarray(view.edges + (edges - view.edges) * np.float32(weight), np.float32),
        strength=view.strength + (strength - view.strength) * weight,
        samples=view.samples + 1,
        since_s=view.since_s,
    )


def _thinned(luma: Luma) -> Luma:
    stride = max(1, luma.shape[0] // 360)
    return np.array(luma[::stride, ::stride])


def _differs(previous: Luma | None, picture: Luma, frozen_change: float) -> bool:
    if previous is None or previous.shape != picture.shape:
        return True
    changed = np.count_nonzero(np.asarray(cv2.absdiff(previous, picture)) > 1)
    return float(changed) > frozen_change * picture.size
