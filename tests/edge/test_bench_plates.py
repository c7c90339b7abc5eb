import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from drivers.sim import plate_artwork
from edge.bench.plates import Labelled, Outcome, command, figures, labelled
from edge.refusal import Refused
from models.plates.grammar import Colour, PlateType
from models.plates.vote import Verdict

HEADER = "file,text,type,box,corners\n"


@pytest.fixture(autouse=True)
def installed(weights, monkeypatch):
    monkeypatch.setenv("MENWEI_WEIGHTS", str(weights))


def table(folder, *rows, header=HEADER):
    path = folder / "labels.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def crop(folder, name, text):
    small = cv2.resize(plate_artwork.draw(text), (140, 45), interpolation=cv2.INTER_AREA)
    cv2.imencode(".png", small)[1].tofile(folder / name)


def frame(folder, name, text):
    picture = np.full((720, 960, 3), 150, np.uint8)
    cv2.rectangle(picture, (350, 300), (650, 460), (60, 50, 40), -1)
    picture[360:411, 420:580] = cv2.resize(plate_artwork.draw(text), (160, 51), interpolation=cv2.INTER_AREA)
    cv2.imencode(".png", cv2.GaussianBlur(picture, (0, 0), 0.7))[1].tofile(folder / name)


def outcome(kind, truth, *published, colour="blue"):
    verdicts = tuple(
        Verdict(text, PlateType.CIVIL, Colour.BLUE, 0.9, exact_reads=1, readers=2, modal=True)
        for text in published
    )
    return Outcome(Labelled(None, truth, colour, kind), verdicts, 0.02)


def named(told):
    return {f.name: f for f in told}


def test_crops_and_full_pictures_are_read_end_to_end_and_reach_their_goals(tmp_path):
    crop(tmp_path, "a.png", "鄂F8K362")
    crop(tmp_path, "b.png", "鄂FD58267")
    frame(tmp_path, "c.png", "鄂A5T917")
    rows = ("a.png,鄂F8K362,blue,,", "b.png,鄂FD58267,green,,", "c.png,鄂A5T917,blue,420 360 580 411,")
    result = CliRunner().invoke(command, [str(table(tmp_path, *rows)), "--json"])
    assert result.exit_code == 0, result.output
    told = {f["name"]: f["value"] for f in json.loads(result.stdout)["figures"]}
    assert told["crops read exactly"] == 100
    assert told["crops labelled"] == 2
    assert told["frames read exactly"] == 100
    assert told["published reads that break the grammar"] == 0
    assert told["published with another colour than labelled"] == 0


def test_a_table_with_wrong_labels_falls_short_with_exit_code_1(tmp_path):
    crop(tmp_path, "a.png", "鄂F8K362")
    result = CliRunner().invoke(command, [str(table(tmp_path, "a.png,鄂F8K363,blue,,"))])
    assert result.exit_code == 1
    assert "FELL SHORT" in result.stdout


def test_only_the_kinds_that_the_table_holds_are_told():
    told = named(figures([outcome("crops", "鄂F8K362", "鄂F8K362")]))
    assert "crops read exactly" in told
    assert "frames read exactly" not in told


def test_what_breaks_the_grammar_and_other_texts_are_counted():
    told = named(
        figures([outcome("frames", "鄂F8K362", "鄂F8K36", "鄂F8K362"), outcome("frames", "鄂F8K363")])
    )
    assert told["frames read exactly"].value == 50
    assert told["frames: other texts published"].value == 1
    assert told["published reads that break the grammar"].value == 1
    assert not told["published reads that break the grammar"].reached


def test_a_wrong_colour_is_counted_and_an_unlabelled_one_is_not():
    seen = [outcome("crops", "鄂F8K362", "鄂F8K362", colour=c) for c in ("blue", "yellow", None)]
    assert named(figures(seen))["published with another colour than labelled"].value == 1


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda folder: folder / "absent.csv", "plates.labels_unreadable"),
        (lambda folder: folder, "plates.labels_unreadable"),
        (table, "plates.labels_empty"),
        (lambda folder: table(folder, "a.png,x", header="file,text\n"), "plates.labels_columns"),
    ],
)
def test_what_is_no_table_of_labels_is_refused(tmp_path, make, key):
    with pytest.raises(Refused) as refusal:
        labelled(make(tmp_path))
    assert refusal.value.key == key


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_picture_that_cannot_be_decoded_is_refused_by_name(tmp_path, content):
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    result = CliRunner().invoke(command, [str(table(tmp_path, "a.png,鄂F8K362,blue,,"))])
    assert isinstance(result.exception, Refused)
    assert "a.png" in str(result.exception)
