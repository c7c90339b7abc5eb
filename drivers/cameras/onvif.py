"""A camera asked by ONVIF: who it is, which streams it offers, where its presets point."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from onveef import envelopes, parsers

from drivers.base import Identity, Malformed, Misconfigured, Order
from drivers.cameras.onvif_answers import Preset, presets_in
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_names import printable
from drivers.cameras.onvif_session import Session, converse, conversing
from drivers.cameras.onvif_streams import Profile, clean_address, profiles_in
from drivers.cameras.onvif_wiring import OnvifWiring
from drivers.cameras.onvif_xml import parsed


@dataclass(frozen=True, slots=True)
class Described:
    """What a camera says of itself and of its streams."""

    identity: Identity
    profiles: tuple[Profile, ...]


def describe(wiring: OnvifWiring) -> Described:
    """Ask a camera who it is and what it streams. Raises one of the four families, within the time-out."""
    return converse(wiring, _described)


def presets(wiring: OnvifWiring) -> tuple[Preset, ...]:
    """Return the directions that a camera can turn to. Misconfigured: it cannot turn."""
    return converse(wiring, _presets)


def go_to_preset(wiring: OnvifWiring, preset: str, order: Order, mono: Callable[[], float]) -> None:
    """Do as `turn`, and block meanwhile; not to be called from a coroutine."""
    asyncio.run(turn(wiring, preset, order, mono))


async def turn(wiring: OnvifWiring, preset: str, order: Order, mono: Callable[[], float]) -> Identity:
    """Turn a camera to the preset of this token or name; return who said that it does.

    WrongState: the order is too late, and nothing was sent. Misconfigured: no such preset, or several.
    Nothing is tried again: whoever gave the order may give a new one.
    """

    async def work(session: Session) -> Identity:
        profile = await _turnable(session)
        chosen = choose(await _presets_of(session, profile), preset, wiring.camera)
        _refuse_late(wiring, order, mono)
        body = envelopes.ptz_goto_preset(profile_token=profile, preset_token=chosen.token)
        await session.ask("ptz", "GotoPreset", body)
        return session.identity

    _refuse_late(wiring, order, mono)
    return await conversing(wiring, work, within_s=min(wiring.timeout_s, order.expires_mono_s - mono()))


def choose(offered: Sequence[Preset], wanted: str, camera: str) -> Preset:
    """Return the preset with this token, else the one with this name. Misconfigured: none, or several."""
    matching = [p for p in offered if p.token == wanted] or [p for p in offered if p.name == wanted]
    if len(matching) == 1:
        return matching[0]
    key = "onvif.preset_twice" if matching else "onvif.no_preset"
    raise fault(key, camera, printable(wanted))


async def _described(session: Session) -> Described:
    service, profiles = await _profiles(session)
    found = [await _with_address(session, service, profile) for profile in profiles]
    return Described(session.identity, tuple(found))


async def _profiles(session: Session) -> tuple[str, tuple[Profile, ...]]:
    """Return the profiles and the service that told them: the newer one, only it can say H.265."""
    offered = [service for service in ("media2", "media") if service in session.services]
    for service in offered:
        body = envelopes.media_get_profiles(use_media2=service == "media2")
        try:
            profiles = profiles_in(await session.ask(service, "GetProfiles", body), session.wiring.camera)
        except (Misconfigured, Malformed):
            # Firmware that names the newer service and does not answer there still answers at the older.
            if service == offered[-1]:
                raise
            continue
        if profiles:
            return service, profiles
    raise fault("onvif.no_media", session.wiring.camera, "no profiles" if offered else "no media service")


async def _with_address(session: Session, service: str, profile: Profile) -> Profile:
    body = envelopes.media_get_stream_uri(profile_token=profile.token, use_media2=service == "media2")
    try:
        text = await session.ask(service, "GetStreamUri", body)
    except Misconfigured:
        # A profile that is not complete has no stream; the others have.
        return profile
    said = parsed(parsers.parse_stream_uri, text, session.wiring.camera)
    return replace(profile, address=clean_address(said, session.wiring.host))


async def _presets(session: Session) -> tuple[Preset, ...]:
    return await _presets_of(session, await _turnable(session))


async def _turnable(session: Session) -> str:
    """Return the token of a profile through which the camera can be turned."""
    if "ptz" in session.services:
        _, profiles = await _profiles(session)
        for profile in profiles:
            if profile.ptz:
                return profile.token
    raise fault("onvif.no_ptz", session.wiring.camera, "no PTZ")


async def _presets_of(session: Session, profile: str) -> tuple[Preset, ...]:
    text = await session.ask("ptz", "GetPresets", envelopes.ptz_get_presets(profile_token=profile))
    return presets_in(text, session.wiring.camera)


def _refuse_late(wiring: OnvifWiring, order: Order, mono: Callable[[], float]) -> None:
    late_s = mono() - order.expires_mono_s
    if late_s >= 0:
        raise fault("onvif.late", wiring.camera, f"{late_s:.1f} s")
