"""Many looks at one plate, one answer: the readers' grammar-valid readings vote on each position.

A reading's vote weighs by how wide the plate stood in the picture, how sure the reader was of the
reading's least sure character, and how sure of the character in question. What comes out always obeys the
grammar and fits the plate's colours, or nothing comes out: a green plate read with seven characters, or a
blue one with eight, is a misread and the next frame decides.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.plates.grammar import RED_LEAD, Colour, PlateType, classify, may_bear
from models.plates.shot import PlateShot, Reading

MIN_CONFIDENCE = 0.4  # of a verdict: measured on mainland plates against foreign ones
_FULL_WEIGHT_PX = 120.0  # wider plates are not read better
_DISSENT_CHARACTERS = 4  # a reading this long that is no mainland plate speaks against its being one


@dataclass(frozen=True, slots=True)
class Verdict:
    """The text on which the looks agreed.

    `confidence` is the share of the whole vote that the least agreed character got. `exact_reads` counts the
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
class _Ground:
    """What the shots say together about the plate's colours."""

    colour: Colour | None
    red_lead: bool

    def may_bear(self, text: str) -> bool:
        if not may_bear(self.colour, text):
            return False
        return classify(text) not in RED_LEAD or (self.red_lead and self.colour is Colour.WHITE)


@dataclass(frozen=True, slots=True)
class _Ballot:
    reading: Reading
    weight: float


def vote(shots: Sequence[PlateShot], min_confidence: float = MIN_CONFIDENCE) -> Verdict | None:
    """Return what the shots of one plate say together, in any order; None while they do not say enough."""
    ground = _ground(shots)
    ballots = [_Ballot(r, _weight(shot) * r.confidence) for shot in shots for r in shot.readings]
    valid = [b for b in ballots if ground.may_bear(b.reading.text)]
    text = _elected(valid)
    if text is None or not ground.may_bear(text):
        return None
    dissent = (b.weight for b in ballots if _speaks_against(b.reading.text))
    cast = math.fsum(b.weight for b in valid) + math.fsum(dissent)
    confidence = (
        min(tally.get(c, 0.0) for tally, c in zip(_tallies(valid, len(text)), text, strict=True)) / cast
    )
    plate_type = classify(text)
    if confidence < min_confidence or plate_type is None:
        return None
    frames = _frames(shots, ground)
    return Verdict(
        text=text,
        plate_type=plate_type,
        colour=ground.colour,
        confidence=confidence,
        exact_reads=frames[text],
        readers=len({b.reading.reader for b in valid if b.reading.text == text}),
        modal=_is_modal(text, frames),
    )


def voted_colour(shots: Iterable[PlateShot]) -> Colour | None:
    """Return the colour that most of the plate's width was seen in, None if no shot tells."""
    weights: defaultdict[Colour, list[float]] = defaultdict(list)
    for shot in shots:
        if shot.colour is not None:
            weights[shot.colour].append(_weight(shot))
    return min(weights, key=lambda c: (-math.fsum(weights[c]), c), default=None)


def _ground(shots: Sequence[PlateShot]) -> _Ground:
    red = sum(shot.red_lead for shot in shots)
    return _Ground(voted_colour(shots), red_lead=2 * red > len(shots))


def _weight(shot: PlateShot) -> float:
    return min(shot.width_px, _FULL_WEIGHT_PX) / _FULL_WEIGHT_PX


def _speaks_against(text: str) -> bool:
    return len(text) >= _DISSENT_CHARACTERS and classify(text) is None


def _elected(valid: Sequence[_Ballot]) -> str | None:
    """Vote per position among the readings of the weightiest length; at a tie the first in the alphabet."""
    by_length: defaultdict[int, list[_Ballot]] = defaultdict(list)
    for ballot in valid:
        if ballot.weight > 0:
            by_length[len(ballot.reading.text)].append(ballot)
    if not by_length:
        return None
    length = min(by_length, key=lambda n: (-math.fsum(b.weight for b in by_length[n]), n))
    chosen = by_length[length]
    text = "".join(min(tally, key=lambda c: (-tally[c], c)) for tally in _tallies(chosen, length))
    # Places of two kinds of plate may mix to a text that neither bears.
    return text if classify(text) is not None else _weightiest(chosen)


def _tallies(ballots: Iterable[_Ballot], length: int) -> list[Mapping[str, float]]:
    """Return for each position of the readings of that length the weight of each character."""
    votes: list[defaultdict[str, list[float]]] = [defaultdict(list) for _ in range(length)]
    for ballot in ballots:
        reading = ballot.reading
        if len(reading.text) == length:
            for position, (character, sure) in enumerate(zip(reading.text, reading.confidences, strict=True)):
                votes[position][character].append(sure * ballot.weight)
    return [{character: math.fsum(weights) for character, weights in tally.items()} for tally in votes]


def _weightiest(ballots: Iterable[_Ballot]) -> str:
    weights: defaultdict[str, list[float]] = defaultdict(list)
    for ballot in ballots:
        weights[ballot.reading.text].append(ballot.weight)
    return min(weights, key=lambda text: (-math.fsum(weights[text]), text))


def _frames(shots: Iterable[PlateShot], ground: _Ground) -> Counter[str]:
    """Count for each text that the plate may bear the frames in which some reader read exactly it."""
    texts = (text for shot in shots for text in {r.text for r in shot.readings})
    return Counter(text for text in texts if ground.may_bear(text))


def _is_modal(text: str, frames: Mapping[str, int]) -> bool:
    return all(count < frames[text] for other, count in frames.items() if other != text)
