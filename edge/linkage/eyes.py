"""Rules about the box's own eyes: cameras lost or tampered with, vision workers lost.

What they raise stands until the device itself says that it is over.
"""

from edge.clock import Moment
from edge.events import (
    CameraCleared,
    CameraFound,
    CameraLost,
    CameraTampered,
    Observation,
    VisionWorkerFound,
    VisionWorkerLost,
)
from edge.linkage.device_rule import CALM_S, because
from edge.linkage.effects import Effect, RaiseAlert, Sentence, SettleAlert
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import Policy


def camera_lost(policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment) -> tuple[Effect, ...]:
    """Alert when a camera gives no fresh pictures; settle when it does again."""
    del knowledge, now
    if isinstance(seen, CameraFound):
        return (SettleAlert(f"camera_lost:{seen.camera}", CALM_S),)
    if not isinstance(seen, CameraLost):
        return ()
    view = policy.view(seen.camera)
    why = [because(seen.reason, {"camera": view.name, "detail": seen.detail})]
    if seen.last_frame_age_s is None:
        why.append(Sentence("alerts.why_never_seen"))
    else:
        why.append(Sentence("alerts.why_last_frame", {"seconds": f"{seen.last_frame_age_s:.1f}"}))
    effect = RaiseAlert(
        rule="camera_lost",
        key=f"camera_lost:{seen.camera}",
        severity="warning",
        place=view.place,
        camera=seen.camera,
        text=Sentence("alerts.camera_lost", {"camera": view.name, "place": view.place}),
        why=tuple(why),
    )
    return (effect,)


def camera_tampered(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert when a camera's view is covered, black, frozen or moved; settle when it is as it was."""
    del knowledge, now
    if isinstance(seen, CameraCleared):
        return (SettleAlert(f"camera_tampered:{seen.camera}:{seen.how}", CALM_S),)
    if not isinstance(seen, CameraTampered):
        return ()
    view = policy.view(seen.camera)
    effect = RaiseAlert(
        rule="camera_tampered",
        key=f"camera_tampered:{seen.camera}:{seen.how}",
        severity="critical",
        place=view.place,
        camera=seen.camera,
        text=Sentence(f"alerts.camera_{seen.how}", {"camera": view.name, "place": view.place}),
        why=(Sentence("alerts.why_tampered", {"measure": f"{seen.measure:.2f}"}),),
    )
    return (effect,)


def vision_worker_lost(
    policy: Policy, knowledge: Knowledge, seen: Observation, now: Moment
) -> tuple[Effect, ...]:
    """Alert when a vision worker died or went silent; settle when it works again."""
    del knowledge, now
    if isinstance(seen, VisionWorkerFound):
        return (SettleAlert(f"vision_worker_lost:{seen.worker}", CALM_S),)
    if not isinstance(seen, VisionWorkerLost):
        return ()
    cameras = ", ".join(policy.view(camera).name for camera in seen.cameras)
    effect = RaiseAlert(
        rule="vision_worker_lost",
        key=f"vision_worker_lost:{seen.worker}",
        severity="warning",
        place=", ".join(dict.fromkeys(policy.view(camera).place for camera in seen.cameras)),
        text=Sentence("alerts.vision_worker_lost", {"worker": str(seen.worker), "cameras": cameras}),
        why=(because(seen.reason, {"worker": str(seen.worker), "cameras": cameras, "detail": seen.detail}),),
    )
    return (effect,)
