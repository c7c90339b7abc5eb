"""From a face before a door to the reader's display, the camera's worker, and the open door."""

import asyncio

from edge.box_events import FaceProven, FaceUnproven, PassageDecided
from edge.challenger import Challenger
from edge.events import Box, FaceSeen
from edge.orders import Show
from models.faces.liveness import ORDERS, text
from tests.edge.access_site import WANG, Compound, door, policy, register
from tests.edge.test_access_challenging import entrance
from tests.edge.test_vision_challenge import Gate, yaws


class Worker:
    def __init__(self, *cameras):
        self.cameras, self.challenges = cameras, []

    async def challenge(self, challenge):
        self.challenges.append(challenge)


def face(compound, camera="gate"):
    return FaceSeen(
        camera=camera, mono_s=compound.clock.mono(), track=1, subject=WANG, similarity=0.8,
        frames_agreed=3, face_px=90, box=Box(0, 0, 1, 1),
    )  # fmt: skip


def asked(seen_of, luck=2, workers=None, known=True, at=None):
    """What a challenger orders and tells its workers, of what a compound sees."""
    compound = Compound(policy=policy(at or entrance(face_cameras={"gate"})))
    workers = workers or [Worker("other"), Worker("yard", "gate")]
    orders = []

    async def run():
        challenger = Challenger(compound.policy, "b", orders.extend, compound.clock, lambda _: luck)
        if known:
            challenger.learn(register())
        challenger.seen(seen_of(compound), workers)
        await asyncio.sleep(0)

    asyncio.run(run())
    return compound, orders, workers


def test_a_known_face_is_asked_on_the_readers_display_and_watched_by_its_cameras_worker():
    _, (order,), (other, worker) = asked(lambda compound: [face(compound), face(compound)])
    assert order.device == "north"
    assert isinstance(order.what, Show)
    assert order.what.text == text(ORDERS[2])
    assert other.challenges == []
    (challenge,) = worker.challenges
    assert (challenge.camera, challenge.door, challenge.turns) == ("gate", "north", ORDERS[2])


def test_nobody_is_asked_whom_the_registers_do_not_know():
    assert asked(lambda compound: [face(compound)], known=False)[1] == []


def test_who_fails_is_told_to_try_again():
    def seen(compound):
        failed = FaceUnproven(
            device="north", mono_s=compound.clock.mono(), subject=WANG, camera="gate", why="astray"
        )
        return [face(compound), failed, face(compound)]

    _, orders, (_, worker) = asked(seen)
    assert len(worker.challenges) == 2
    assert [order.what.text for order in orders][1].endswith("TRY AGAIN")


def granted(stepped):
    return [one.granted for one in stepped.followed if isinstance(one, PassageDecided)]


def test_a_door_opens_for_face_and_pin_only_after_the_head_turned_as_asked():
    """The worker's own eyes on one side, the door's own decision on the other."""
    at = door("north", {"face", "pin"}, face_cameras={"gate"}, liveness={"challenge"})
    compound, _, (_, worker) = asked(lambda compound: [face(compound)], at=at)
    (challenge,) = worker.challenges
    compound.observe(face(compound))
    assert True not in granted(compound.pin(WANG))
    eye = Gate()
    eye.now_s = compound.clock.mono()
    eye.see((0, 0.0))
    eye.follower.challenge(challenge)
    for yaw in yaws(*challenge.turns):
        eye.see((yaw, 0.0))
    (proven,) = eye.told()
    assert isinstance(proven, FaceProven)
    compound.clock.advance(eye.now_s - compound.clock.mono())
    assert granted(compound.observe(proven)) == [True]
