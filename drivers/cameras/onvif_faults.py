"""What can go wrong when a camera is asked by ONVIF, and which family of error it is."""

from drivers.base import Denied, DeviceError, Malformed, Misconfigured, Transient, WrongState

# Every sentence takes `device` and `detail` and nothing else.
_SENTENCES: dict[str, str] = {
    "onvif.unreachable": "the camera {device} cannot be reached ({detail}): "
    "check its power, cable and address",
    "onvif.silent": "the camera {device} does not answer in time ({detail}): "
    "check the network, restart the camera if it stays so",
    "onvif.broke_off": "the camera {device} broke off the conversation ({detail}): try again",
    "onvif.busy": "the camera {device} cannot answer now ({detail}): try again in a minute",
    "onvif.denied": "the camera {device} refuses user or password ({detail}): correct them before "
    "you try again, because cameras lock out whoever keeps guessing; "
    "many keep their ONVIF accounts apart from the others",
    "onvif.no_service": "there is no ONVIF service at {device} ({detail}): "
    "turn ONVIF on in the camera's settings or correct the port",
    "onvif.no_media": "the camera {device} offers no streams by ONVIF ({detail}): "
    "update its firmware or write the streams' addresses by hand",
    "onvif.no_ptz": "the camera {device} cannot be turned ({detail}): choose a camera with PTZ",
    "onvif.no_preset": "the camera {device} has no preset {detail}: save one or correct the name",
    "onvif.preset_twice": "the camera {device} has several presets called {detail}: name its token",
    "onvif.rejected": "the camera {device} rejects the request ({detail}): update its firmware",
    "onvif.malformed": "the camera {device} says what is no ONVIF ({detail}): update its firmware",
    "onvif.late": "the order to the camera {device} came too late and was not sent ({detail})",
    "onvif.bad_address": "{device} is no address of a camera ({detail}): write HOST, HOST:PORT or the "
    "http:// address that a scan prints",
    "onvif.password_in_address": "the address of {device} holds a user or password ({detail}): "
    "name them apart, addresses are printed",
    "onvif.no_network": "{detail} finds no network interface to ask through ({device}): "
    "plug in the cameras' network and give this box an address there",
    "onvif.unexpected": "the driver of the camera {device} failed ({detail}) and goes on: report this",
    "onvif.id_twice": "two cameras are called {device} ({detail}): give each an id of its own",
    "onvif.address_twice": "the camera {device} is wired to the address of another one ({detail}): "
    "give each its own",
    "onvif.lost_between_polls": "the camera {device} would be lost between two polls ({detail}): "
    "make lost_after_s longer than poll_s",
    "onvif.unknown_device": "no such camera on this wire: {device} ({detail})",
    "onvif.started": "the wire of the camera {device} is started already ({detail})",
    "onvif.not_started": "the camera {device} was asked to act before its wire was started ({detail})",
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
    "onvif.unexpected": Transient,
    "onvif.unknown_device": WrongState,
    "onvif.started": WrongState,
    "onvif.not_started": WrongState,
}

# Why an order was refused: catalogue keys that only ever stand in OrderDone.
ORDER_LATE = "onvif.order_late"
ORDER_DENIED = "onvif.order_denied"
ORDER_NO_PRESET = "onvif.order_no_preset"
ORDER_PRESET_TWICE = "onvif.order_preset_twice"
ORDER_NO_PTZ = "onvif.order_no_ptz"
ORDER_NOT_CONNECTED = "onvif.order_not_connected"
ORDER_REJECTED = "onvif.order_rejected"
ORDER_UNANSWERED = "onvif.order_unanswered"
ORDER_STOPPED = "onvif.order_stopped"

_REFUSALS: dict[str, str] = {
    "onvif.late": ORDER_LATE,
    "onvif.denied": ORDER_DENIED,
    "onvif.no_preset": ORDER_NO_PRESET,
    "onvif.preset_twice": ORDER_PRESET_TWICE,
    "onvif.no_ptz": ORDER_NO_PTZ,
    "onvif.no_media": ORDER_NO_PTZ,
    "onvif.unreachable": ORDER_NOT_CONNECTED,
    "onvif.no_service": ORDER_REJECTED,
    "onvif.busy": ORDER_REJECTED,
    "onvif.rejected": ORDER_REJECTED,
}


def fault(key: str, camera: str, detail: str) -> DeviceError:
    """Return the error that `key` names; `camera` is an id, or an address without credentials."""
    family = _FAMILIES.get(key, Misconfigured)
    return family(key, _SENTENCES[key], device=camera, detail=detail)


def refusal(error: DeviceError) -> str:
    """Return why an order failed, as a key for OrderDone; in doubt, that nobody knows what became of it."""
    return _REFUSALS.get(error.key, ORDER_UNANSWERED)
