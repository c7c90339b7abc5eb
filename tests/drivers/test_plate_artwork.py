import string

import numpy as np
import pytest

from drivers.sim import plate_artwork


def test_seven_characters_stand_white_on_blue_at_the_standards_measure():
    plate = plate_artwork.draw("鄂F8K362")
    assert plate.shape == (140, 440, 3)
    assert tuple(plate[10, 220]) == plate_artwork.BLUE
    assert np.mean(np.all(plate > 200, axis=2)) > 0.1


def test_eight_characters_stand_black_on_green_that_fades_upwards():
    plate = plate_artwork.draw("鄂FD58267")
    assert plate.shape == (140, 480, 3)
    top, foot = plate[10, 240].astype(int), plate[130, 240].astype(int)
    assert top.min() > 220
    assert foot[1] > foot[0] > foot[2]


def test_a_double_row_is_yellow_and_higher():
    plate = plate_artwork.draw_double_row("粤C12345")
    assert plate.shape == (220, 440, 3)
    assert tuple(plate[82, 20]) == plate_artwork.YELLOW


def test_every_province_digit_and_letter_has_its_own_shape():
    wanted = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新学挂警" + string.digits
    wanted += "".join(c for c in string.ascii_uppercase if c not in "IO")
    assert set(wanted) <= plate_artwork.characters()
    drawn = {plate_artwork.draw(f"{c}A12345").tobytes() for c in wanted}
    assert len(drawn) == len(wanted)


def test_holes_in_characters_stay_open():
    plate = plate_artwork.draw("鄂A00000")
    assert tuple(plate[70, 174]) == plate_artwork.BLUE  # the middle of the first 0


def test_drawing_is_the_same_each_time():
    assert np.array_equal(plate_artwork.draw("京A5T917"), plate_artwork.draw("京A5T917"))


@pytest.mark.parametrize("text", ["", "鄂A1234", "鄂AD123456"])
def test_another_length_is_refused(text):
    with pytest.raises(ValueError, match="characters"):
        plate_artwork.draw(text)
    with pytest.raises(ValueError, match="characters"):
        plate_artwork.draw_double_row(text)


def test_a_character_without_an_outline_is_named():
    with pytest.raises(ValueError, match="no outline of I門"):
        plate_artwork.draw("門AI2345")
