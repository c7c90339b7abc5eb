"""What can go wrong on a Modbus bus, each with its sentence."""

from drivers.base import DeviceError, Malformed, Misconfigured, Transient

_SENTENCES: dict[str, str] = {
    "modbus.cut_short": "{device} broke off its answer ({detail}): check wiring and termination",
    "modbus.not_asked": "{device} was asked and another answer came ({detail}): "
    "check that every station has an address of its own",
    "modbus.noise": "the answer of {device} is garbled ({detail}): "
    "check wiring, termination, baud rate and parity",
    "modbus.wrong_echo": "{device} confirmed another order than it was given ({detail}): "
    "check that every station has an address of its own",
    "modbus.silent": "{device} does not answer ({detail}): "
    "check its power, its address and both wires of the bus",
    "modbus.rejected": "{device} rejects the request with exception code {detail}: "
    "its register map is another one, choose the profile of this device",
    "modbus.line_missing": "the bus of {device} cannot be opened ({detail}): check adapter, path and address",
    "modbus.line_broken": "the bus of {device} broke ({detail}): check adapter, network and power",
}

_FAMILIES: dict[str, type[DeviceError]] = {
    "modbus.rejected": Misconfigured,
    "modbus.silent": Transient,
    "modbus.line_missing": Transient,
    "modbus.line_broken": Transient,
}


def fault(key: str, device: str, detail: object) -> DeviceError:
    """Return the error that `key` names. `device` is an id where one is known, else a unit or a line."""
    family = _FAMILIES.get(key, Malformed)
    return family(key, _SENTENCES[key], device=device, detail=detail)


def malformed(key: str, unit: int, frame: bytes) -> DeviceError:
    """Return the error of a reply that breaks the protocol, with its first bytes."""
    return fault(key, f"unit {unit}", frame[:16].hex(" ") or "-")


def of_device(error: DeviceError, device: str) -> DeviceError:
    """Return the same error of the device that is behind the unit or the line."""
    return fault(error.key, device, error.values["detail"])
