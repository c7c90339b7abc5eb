from edge.events import Box, PresenceBegan, PresenceEnded
from edge.vision.presence import Presence, Present, step

BOX = Box(0.1, 0.1, 0.1, 0.1)


def test_who_enters_a_zone_begins_in_the_picture_and_in_the_zone_once():
    person = Present("person", 1, BOX, ("yard",))
    presence, said = step(Presence("gate"), [person], 10.0)
    assert [(type(o), o.zone) for o in said] == [(PresenceBegan, None), (PresenceBegan, "yard")]
    _, again = step(presence, [person], 11.0)
    assert again == []


def test_who_leaves_the_zone_but_stays_in_the_picture_ends_only_there():
    presence, _ = step(Presence("gate"), [Present("person", 1, BOX, ("yard",))], 10.0)
    presence, said = step(presence, [Present("person", 1, BOX, ())], 14.5)
    assert said == [
        PresenceEnded(camera="gate", mono_s=14.5, track=1, what="person", zone="yard", lasted_s=4.5),
    ]
    _, gone = step(presence, [], 20.0)
    assert [(o.zone, o.lasted_s) for o in gone] == [(None, 10.0)]


def test_a_person_and_a_vehicle_of_one_number_are_two():
    _, said = step(Presence("gate"), [Present("person", 1, BOX, ()), Present("vehicle", 1, BOX, ())], 0.0)
    assert {o.what for o in said} == {"person", "vehicle"}
