"""What can go wrong with the wires of devices that only talk, and which family of error it is."""

import errno
import os
import socket
import ssl
from collections.abc import Callable

from drivers.base import Denied, DeviceError, Misconfigured, Transient

# Takes a cause and a detail; every sentence takes `detail` and nothing else.
Fault = Callable[[str, str], DeviceError]

_SENTENCES: dict[str, str] = {
    "unplugged": "the serial port does not answer any more ({detail}): check the cable and the adapter",
    "no_such_port": "the serial port is not there ({detail}): plug the adapter in or correct the port's name",
    "port_busy": "another program holds the serial port ({detail}): end it or choose another port",
    "no_rights": "the port may not be used ({detail}): give the daemon's user the right to it",
    "address_unusable": "nothing can be received at {detail}: correct the address or free the port",
    "broker_unreachable": "the broker cannot be reached ({detail}): check it and the network",
    "broker_denied": "the broker refuses this box ({detail}): correct user and password",
    "broker_untrusted": "the broker's certificate is not trusted ({detail}): "
    "correct the certificate authority's path or the certificate",
    "broker_cut": "the connection to the broker broke off ({detail}); it is tried again",
    "ca_unreadable": "the broker's certificate authority cannot be read ({detail}): correct its path",
    "unexpected": "the driver failed ({detail}) and starts again: report this",
    "silent": "the probe says nothing ({detail}): check its power, its cable and where it sends to",
}
# A patrol reader or a scanner says nothing while nobody comes: only its port can be missed.
_OF_PATROL_READERS = {
    "silent": "the patrol reader is not connected ({detail}): check its power and its cable",
}
_OF_CODE_SCANNERS = {
    "silent": "the scanner is not connected ({detail}): check its power and its cable",
}
_FAMILIES: dict[str, type[DeviceError]] = {
    "no_rights": Misconfigured,
    "address_unusable": Misconfigured,
    "broker_denied": Denied,
    "broker_untrusted": Denied,
    "ca_unreadable": Misconfigured,
}
_PORT_CAUSES = {
    errno.ENOENT: "no_such_port",
    errno.EACCES: "no_rights",
    errno.EPERM: "no_rights",
    errno.EBUSY: "port_busy",
    errno.EAGAIN: "port_busy",
}


def probe_fault(cause: str, detail: str) -> DeviceError:
    """Return the error of a probe's wire."""
    return _family(cause)("probe." + cause, _SENTENCES[cause], detail=detail)


def patrol_fault(cause: str, detail: str) -> DeviceError:
    """Return the error of a patrol reader's wire."""
    sentence = _OF_PATROL_READERS.get(cause, _SENTENCES[cause])
    return _family(cause)("patrol_reader." + cause, sentence, detail=detail)


def scanner_fault(cause: str, detail: str) -> DeviceError:
    """Return the error of a code scanner's wire."""
    sentence = _OF_CODE_SCANNERS.get(cause, _SENTENCES[cause])
    return _family(cause)("code_scanner." + cause, sentence, detail=detail)


def cause_of_port(error: Exception) -> str:
    """Return what a failure of a serial port means."""
    return _PORT_CAUSES.get(getattr(error, "errno", None) or 0, "unplugged")


def why(error: Exception) -> str:
    """Return the bare cause of an error, without the text that a library made up around it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    # The numbers of these two are not the system's.
    if isinstance(error, ssl.SSLError):
        return error.reason or type(error).__name__
    if isinstance(error, socket.gaierror):
        return str(error.strerror)
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else type(error).__name__


def _family(cause: str) -> type[DeviceError]:
    return _FAMILIES.get(cause, Transient)
