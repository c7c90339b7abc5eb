"""What can go wrong at a door, as the four families of error."""

from drivers.base import Denied, DeviceError, Malformed, Misconfigured, Transient, WrongState

_SENTENCES: dict[str, str] = {
    "door.silent": "{device} does not answer ({detail}): check its power, its wires A and B, its address "
    "and its baud rate",
    "door.disturbed": "the bus of {device} is disturbed ({detail}): check the wires, their shield and the "
    "terminating resistors, and that no two readers share an address",
    "door.wrong_key": "{device} answers but holds another key ({detail}): put it into install mode and run "
    "menwei osdp keyset",
    "door.no_secure_channel": "{device} answers but offers no Secure Channel ({detail}): switch it on or "
    "replace the reader",
    "door.port_gone": "the port of {device} is gone ({detail}): check the adapter and its cable",
    "door.port_busy": "another program uses the port of {device} ({detail}): stop that one first",
    "door.no_such_port": "the port of {device} does not exist ({detail}): correct it in the site file",
    "door.port_denied": "the port of {device} may not be opened ({detail}): "
    "add the user to the group dialout",
    "door.no_key": "the key of {device} is missing ({detail}): run menwei osdp keyset",
    "door.unwritable_key": "the key of {device} cannot be written ({detail}): correct its folder or the "
    "rights there",
    "door.bad_key": "the key file of {device} is no key ({detail}): it must hold 32 hexadecimal digits",
    "door.open_key": "the key file of {device} can be read by others ({detail}): chmod 600 it",
    "door.key_exists": "the key file of {device} exists already ({detail}): move it away, or give --replace",
    "door.keyset_refused": "{device} did not take the new key ({detail}): put it into install mode and "
    "try again",
    "door.garbled": "{device} sent what breaks its protocol ({detail})",
    "door.parity": "{device} read a card whose parity is wrong ({detail}): hold it to the reader again",
    "door.unknown_device": "no such device on this wire: {device} ({detail})",
    "door.pulse_length": "{device}: a pulse takes from 100 to 25500 ms, not {detail}",
    "door.pulse_seconds": "{device}: a pulse of this controller takes from 1000 to 255000 ms, not {detail}",
    "door.text": "{device}: a reader shows 1 to 32 letters, digits and signs of ASCII for 1 to 255 s, "
    "not {detail}",
    "door.not_started": "{device} was asked to act before its wire was started ({detail})",
    "door.started": "the wire of {device} is started already ({detail})",
    "door.bad_wiring": "{device} cannot be wired so: {detail}",
    "door.unreachable": "{device} cannot be reached ({detail}): check its power, its network and its address",
    "door.other_controller": "{device}: another controller answers at its address ({detail}): correct the "
    "serial number",
    "door.deaf": "what {device} does arrives late ({detail}): free the port, or correct the address to "
    "listen at",
    "door.card_refused": "{device} did not store the card {detail}: its memory may be full",
    "door.unexpected": "the driver of {device} failed ({detail}) and starts again: report this",
}

_FAMILIES: dict[str, type[DeviceError]] = {
    "door.wrong_key": Denied,
    "door.no_secure_channel": Misconfigured,
    "door.no_such_port": Misconfigured,
    "door.port_denied": Misconfigured,
    "door.no_key": Misconfigured,
    "door.unwritable_key": Misconfigured,
    "door.bad_key": Misconfigured,
    "door.open_key": Misconfigured,
    "door.key_exists": Misconfigured,
    "door.keyset_refused": Denied,
    "door.garbled": Malformed,
    "door.parity": Malformed,
    "door.unknown_device": WrongState,
    "door.pulse_length": Misconfigured,
    "door.pulse_seconds": Misconfigured,
    "door.text": Misconfigured,
    "door.not_started": WrongState,
    "door.started": WrongState,
    "door.bad_wiring": Misconfigured,
    "door.other_controller": Misconfigured,
    "door.card_refused": Misconfigured,
}

# Why an order was refused: catalogue keys that only ever stand in OrderDone.
LATE = "door.order_late"
NOT_CONNECTED = "door.not_connected"
REFUSED_BY_DEVICE = "door.refused_by_device"
NO_ANSWER = "door.no_answer"
NO_DISPLAY = "door.no_display"


def fault(key: str, device: str, detail: str) -> DeviceError:
    """Return the error that `key` names; every sentence takes `device` and `detail`, nothing else."""
    family = _FAMILIES.get(key, Transient)
    return family(key, _SENTENCES[key], device=device, detail=detail)
