"""What can go wrong when a camera is asked by ONVIF, and which family of error it is."""

from drivers.base import Denied, DeviceError, Malformed, Misconfigured, Transient, WrongState

# Every sentence takes `camera` and `detail` and nothing else.
_SENTENCES: dict[str, str] = {
    "onvif.unreachable": "the camera at {camera} cannot be reached ({detail}): "
    "check its power, cable and address",
    "onvif.silent": "the camera at {camera} does not answer in time ({detail}): "
    "check the network, restart the camera if it stays so",
    "onvif.broke_off": "the camera at {camera} broke off the conversation ({detail}): try again",
    "onvif.busy": "the camera at {camera} cannot answer now ({detail}): try again in a minute",
    "onvif.denied": "the camera at {camera} refuses user or password ({detail}): correct them before "
    "you try again, because cameras lock out whoever keeps guessing; "
    "many keep their ONVIF accounts apart from the others",
    "onvif.no_service": "there is no ONVIF service at {camera} ({detail}): "
    "turn ONVIF on in the camera's settings or correct the port",
    "onvif.no_media": "the camera at {camera} offers no streams by ONVIF ({detail}): "
    "update its firmware or write the streams' addresses by hand",
    "onvif.no_ptz": "the camera at {camera} cannot be turned ({detail}): choose a camera with PTZ",
    "onvif.no_preset": "the camera at {camera} has no preset {detail}: save one or correct the name",
    "onvif.preset_twice": "the camera at {camera} has several presets called {detail}: name its token",
    "onvif.rejected": "the camera at {camera} rejects the request ({detail}): update its firmware",
    "onvif.malformed": "the camera at {camera} says what is no ONVIF ({detail}): update its firmware",
    "onvif.late": "the order to the camera at {camera} came too late and was not sent ({detail})",
    "onvif.bad_address": "{camera} is no address of a camera ({detail}): write HOST, HOST:PORT or the "
    "http:// address that a scan prints",
    "onvif.password_in_address": "the address of {camera} holds a user or password ({detail}): "
    "name them apart, addresses are printed",
    "onvif.no_network": "{detail} finds no network interface to ask through ({camera}): "
    "plug in the cameras' network and give this box an address there",
}

_FAMILIES: dict[str, type[DeviceError]] = {
    "onvif.unreachable": Transient,
    "onvif.silent": Transient,
    "onvif.broke_off": Transient,
    "onvif.busy": Transient,
    "onvif.no_network": Transient,
    "onvif.denied": Denied,
    "onvif.malformed": Malformed,
    "onvif.late": WrongState,
}


def fault(key: str, camera: str, detail: str) -> DeviceError:
    """Return the error that `key` names; `camera` is an address without credentials."""
    family = _FAMILIES.get(key, Misconfigured)
    return family(key, _SENTENCES[key], camera=camera, detail=detail)
