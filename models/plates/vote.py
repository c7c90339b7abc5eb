"""Many looks at one plate, one answer: the readers' grammar-valid readings vote on each position.

A reading's vote weighs by how sure the reader was of that character and how wide the plate stood in the
picture. What comes out always obeys the grammar and fits the ground's colour, or nothing comes out: a
green plate read with seven characters, or a blue one with eight, is a misread and the next frame decides.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.plates.grammar import Colour, PlateType, classify, fits_colour
from models.plates.shot import PlateShot, Reading

_FULL_WEIGHT_PX = 120.0  # wider plates are not read better


@dataclass(frozen=True, slots=True)
class Policy:
    """How sure to be before a text counts as read; confidences are 0.0 to 1.0.

    `character` is the floor for every voted character. `lone_reader` is the floor where only one of the
    readers ever read the text: foreign plates are seldom misread alike by both.
    """

    character: float = 0.35
    lone_reader: float = 0.6


MEASURED = Policy()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The text on which the looks agreed.

    `confidence` is the share of the vote that the least agreed character got. `exact_reads` counts the
    frames in which a reader read exactly `text`, `readers` the readers that ever did. `modal` tells that no
    other text was read exactly in as many frames: a plate with a registered twin needs it.
    """

    text: str
    plate_type: PlateType
    colour: Colour | None
    confidence: float
    exact_reads: int
    readers: int
    modal: bool


@dataclass(frozen=True, slots=True)
class _Ballot:
    reading: Reading
    weight: float


def vote(shots: Sequence[PlateShot], policy: Policy = MEASURED) -> Verdict | None:
    """Return what the shots of one plate say together, in whatever order; None while they do not say enough."""
    colour = voted_colour(shots)
    ballots = [
        _Ballot(reading, _weight(shot))
        for shot in shots
        for reading in shot.readings
        if _possible(reading.text, colour)
    ]
    elected = _elect(ballots)
    if elected is None:
        return None
    text, confidence = elected
    plate_type = classify(text)
    if plate_type is None or not fits_colour(plate_type, colour):
        return None
    verdict = Verdict(
        text=text,
        plate_type=plate_type,
        colour=colour,
        confidence=confidence,
        exact_reads=_frames(shots)[text],
        readers=len({b.reading.reader for b in ballots if b.reading.text == text}),
        modal=_is_modal(text, shots),
    )
    return verdict if _sure(verdict, policy) else None


def voted_colour(shots: Iterable[PlateShot]) -> Colour | None:
    """Return the colour that most of the plate's width was seen in, None if no shot tells."""
    weights: defaultdict[Colour, list[float]] = defaultdict(list)
    for shot in shots:
        if shot.colour is not None:
            weights[shot.colour].append(_weight(shot))
    return min(weights, key=lambda c: (-math.fsum(weights[c]), c), default=None)


def _weight(shot: PlateShot) -> float:
    return min(shot.width_px, _FULL_WEIGHT_PX) / _FULL_WEIGHT_PX


def _possible(text: str, colour: Colour | None) -> bool:
    plate_type = classify(text)
    return plate_type is not None and fits_colour(plate_type, colour)


def _elect(ballots: Sequence[_Ballot]) -> tuple[str, float] | None:
    """Vote per position among the readings of the weightiest length; return the text and its confidence."""
    if not ballots:
        return None
    by_length: defaultdict[int, list[_Ballot]] = defaultdict(list)
    for ballot in ballots:
        by_length[len(ballot.reading.text)].append(ballot)
    chosen = min(by_length.values(), key=lambda group: (-_total(group), len(group[0].reading.text)))
    length = len(chosen[0].reading.text)
    tallies = [_tally(chosen, position) for position in range(length)]
    text = "".join(min(tally, key=lambda c: (-tally[c], c)) for tally in tallies)
    if classify(text) is None:  # places of two kinds of plate mixed: take the best whole reading
        text = _best_whole(chosen)
    cast = math.fsum(b.weight for b in ballots)
    return text, min(tally[c] for tally, c in zip(tallies, text, strict=True)) / cast


def _tally(ballots: Sequence[_Ballot], position: int) -> dict[str, float]:
    votes: defaultdict[str, list[float]] = defaultdict(list)
    for ballot in ballots:
        votes[ballot.reading.text[position]].append(ballot.reading.confidences[position] * ballot.weight)
    return {character: math.fsum(weights) for character, weights in votes.items()}


def _total(ballots: Iterable[_Ballot]) -> float:
    return math.fsum(b.weight * b.reading.confidence for b in ballots)


def _best_whole(ballots: Sequence[_Ballot]) -> str:
    by_text: defaultdict[str, list[_Ballot]] = defaultdict(list)
    for ballot in ballots:
        by_text[ballot.reading.text].append(ballot)
    return min(by_text, key=lambda text: (-_total(by_text[text]), text))


def _frames(shots: Iterable[PlateShot]) -> Counter[str]:
    """Count for each text the frames in which some reader read exactly it."""
    return Counter(text for shot in shots for text in {r.text for r in shot.readings})


def _is_modal(text: str, shots: Sequence[PlateShot]) -> bool:
    frames = _frames(shots)
    own = frames.pop(text, 0)
    return own > max(frames.values(), default=0)


def _sure(verdict: Verdict, policy: Policy) -> bool:
    floor = policy.character if verdict.readers > 1 else max(policy.character, policy.lone_reader)
    return verdict.confidence >= floor
