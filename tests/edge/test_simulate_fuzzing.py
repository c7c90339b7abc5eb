"""Whatever is typed at a simulated compound, or stands in a script, is understood or refused."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import catalogue
from edge.refusal import Refused
from edge.simulation import script, verbs
from edge.simulation.compound import SimulatedCompound
from edge.simulation.script import ScriptErrors
from edge.simulation.verbs import FORMS, Verb
from edge.site.loading import load

COMPOUND = Path(__file__).resolve().parents[2] / "config" / "demo.yaml"
WORDS = sorted({word for form in FORMS.values() for word in form.replace("|", " ").split()})
LINES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [*WORDS, "north-door", "east-fence", "main-barrier", "fence-bus", "3", "99", "20%", "{x}"]
        ),
        max_size=9,
    ).map(" ".join),
)
FILLED = {
    "DEVICE": st.sampled_from(["north-door", "east-fence", "fence-bus", "lane-board", "east-probe", "x-1"]),
    "NUMBER": st.integers(0, 10**11).map(str)
    | st.text("1:x", min_size=1, max_size=4)
    | st.from_regex(r"[0-9]{1,6}:[0-9]{1,11}", fullmatch=True),
    "KEYS": st.text("0123456789*#", min_size=1, max_size=17),
    "TAG": st.text("0123456789ABCDEFabcdef,", min_size=1, max_size=17),
    "ZONE": st.sampled_from(["1", "8", "9", "-", "zone"]),
    "STATE": st.sampled_from(verbs.ZONE_STATES),
    "CONTACT": st.sampled_from(["loop", "beam", "door"]),
    "VOLTS": st.integers(0, 10**6).map(str),
    "PEOPLE": st.integers(0, 10**5).map(str),
    "SHARE": st.integers(0, 200).map(str),
    "SECONDS": st.floats(0, 10**6).map(lambda seconds: f"{seconds:.3f}s"),
}


@st.composite
def filled_in(draw):
    """A form whose blanks are filled in with what might be meant."""
    form = draw(st.sampled_from(sorted(FORMS.values())))
    form = form.replace(" [of DEVICE]", draw(st.sampled_from(["", " of DEVICE"])))
    words = [draw(st.sampled_from(word.split("|"))) for word in form.split()]
    for blank, values in FILLED.items():
        words = [word.replace(blank, draw(values)) if blank in word else word for word in words]
    return " ".join(words)


@pytest.fixture(scope="module")
def compound():
    """The demo's compound, of which nothing is brought up: judging needs no wires."""
    return SimulatedCompound(load(COMPOUND), os.environ)


def outcome(do, *arguments):
    """Return what it returns, or why it refuses."""
    try:
        return do(*arguments)
    except (Refused, ScriptErrors) as refused:
        return refused


def explained(refused):
    return [catalogue.explain(refused, language) for language in ("zh-CN", "en")]


@settings(deadline=None, max_examples=1000)
@given(line=LINES | filled_in())
def test_any_line_is_a_verb_that_can_happen_or_is_refused_in_both_languages(compound, line):
    judged = outcome(compound.judge, line)
    if isinstance(judged, Verb):
        assert judged.name in FORMS
    else:
        chinese, english = explained(judged)
        assert english == str(judged)
        assert chinese != english


@settings(deadline=None, max_examples=300)
@given(line=filled_in())
def test_what_is_understood_is_written_back_as_it_was_read(compound, line):
    verb = outcome(verbs.parse, line, compound.devices)
    if isinstance(verb, Refused):
        assert outcome(verbs.parse, " ".join(line.split()), compound.devices).key == verb.key
    elif verb.values.keys() & {"keys", "text"}:
        assert verbs.written(verb) == f"{verb.name} *** at {verb.device}"
    else:
        assert verbs.parse(verbs.written(verb), compound.devices) == verb
        assert verbs.written(verb).split() == line.split()


STAMPS = st.sampled_from(["", "+1 ", "+2.5 ", "+x ", "# "])
SOUND = st.sampled_from(["open north-door", "cut zone 1", "wait 2s", "keys 12# at south-door"])


@settings(deadline=None, max_examples=200)
@given(
    lines=st.lists(st.tuples(STAMPS, SOUND), max_size=6)
    | st.lists(st.tuples(STAMPS, LINES | filled_in()), max_size=6)
)
def test_any_script_is_in_the_order_of_its_times_or_every_wrong_line_is_named(compound, lines):
    text = "\n".join(stamp + line for stamp, line in lines)
    steps = outcome(script.steps, text, Path("day.script"), compound.judge)
    if isinstance(steps, ScriptErrors):
        assert {number for number, _ in steps.errors} <= set(range(1, len(text.splitlines()) + 1))
        heads = [steps.render(language).split("\n")[0] for language in ("zh-CN", "en")]
        assert all(str(len(steps.errors)) in head for head in heads)
    else:
        assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)
