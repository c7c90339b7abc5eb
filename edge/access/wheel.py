"""Who drives a registered car out: its usual faces, or only others."""

from dataclasses import replace

from edge.access.policy import LanePolicy
from edge.access.traffic_state import FaceAtWheel, Leaving, Turn, Visit
from edge.box_events import StrangeDriver
from edge.events import FaceSeen

# A face counts when it was seen so long before or after the plate was read.
AROUND_S = 15.0


def face_seen(turn: Turn, seen: FaceSeen) -> Turn:
    """Take note of a face at a lane's wheel camera."""
    if not any(seen.camera in lane.wheel_cameras for lane in turn.policy.lanes.values()):
        return turn
    # Exits wait for their faces, and faces for their exits.
    earliest_s = turn.now.mono_s - 2 * AROUND_S
    kept = [face for face in turn.state.faces if face.at_s >= earliest_s]
    face = FaceAtWheel(seen.camera, seen.track, seen.subject, seen.mono_s)
    return replace(turn, state=replace(turn.state, faces=(*kept, face)))


def left(turn: Turn, lane: LanePolicy, visit: Visit) -> Turn:
    """Take note that a car left; who drove is judged when every face had time to be seen."""
    vehicle = turn.register.vehicles.get(visit.plate)
    if vehicle is None or not vehicle.usual or not lane.wheel_cameras:
        return turn
    read_s = visit.last_s
    leaving = Leaving(lane.id, visit.plate, read_s, read_s + AROUND_S)
    return replace(turn, state=replace(turn.state, leaving=(*turn.state.leaving, leaving)))


def judge(turn: Turn) -> Turn:
    """Tell of the cars that left with none of their usual faces at the wheel."""
    due = [one for one in turn.state.leaving if one.due_s <= turn.now.mono_s]
    if not due:
        return turn
    rest = tuple(one for one in turn.state.leaving if one not in due)
    turn = replace(turn, state=replace(turn.state, leaving=rest))
    return turn.say(*(told for one in due for told in _judged(turn, one)))


def _judged(turn: Turn, one: Leaving) -> tuple[StrangeDriver, ...]:
    lane, vehicle = turn.policy.lanes.get(one.lane), turn.register.vehicles.get(one.plate)
    if lane is None or vehicle is None:
        return ()
    faces = [
        face
        for face in turn.state.faces
        if face.camera in lane.wheel_cameras and abs(face.at_s - one.read_s) <= AROUND_S
    ]
    if any(face.subject in vehicle.usual for face in faces):
        return ()
    told = StrangeDriver(
        device=lane.barrier,
        mono_s=turn.now.mono_s,
        lane=lane.id,
        plate=one.plate,
        owner=vehicle.owner,
        faces=len({(face.camera, face.track) for face in faces}),
    )
    return (told,)
