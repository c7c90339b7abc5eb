"""What an HTTP answer to an ONVIF request means: its document, or which of the four families it is."""

from onveef.parsers import fault_is_unsupported, find_local, has_soap_fault, parse_fault

from drivers.base import DeviceError
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_xml import bounded, decoded, printable

# Most cameras say ter:NotAuthorized; others only put it into words, and some into words of their own.
_UNAUTHORISED = ("authoriz", "authoris", "authority", "authentic", "password")


def document(camera: str, operation: str, status: int, body: bytes) -> str:
    """Return the answer's text, which holds what `operation` asked for; the status is HTTP's.

    Denied, Transient, Misconfigured: the camera answered something else. Malformed: no ONVIF.
    """
    if status in (401, 403):
        raise fault("onvif.denied", camera, f"HTTP {status}")
    if 300 <= status < 400 or status in (404, 405):
        raise fault("onvif.no_service", camera, f"HTTP {status}")
    text = decoded(body)
    if has_soap_fault(text):
        raise _refusal(camera, text)
    if status >= 500:
        raise fault("onvif.busy", camera, f"HTTP {status}")
    if status >= 400:
        raise fault("onvif.rejected", camera, f"HTTP {status}")
    if find_local(bounded(text, camera), f"{operation}Response") is None:
        raise fault("onvif.malformed", camera, f"no {operation}Response")
    return text


def _refusal(camera: str, text: str) -> DeviceError:
    bounded(text, camera)
    reason = parse_fault(text)
    said = reason.lower().replace(" ", "")
    if "NotAuthorized" in text or any(word in said for word in _UNAUTHORISED):
        return fault("onvif.denied", camera, printable(reason))
    if fault_is_unsupported(reason) or "ActionNotSupported" in text:
        return fault("onvif.rejected", camera, f"not supported: {printable(reason)}")
    return fault("onvif.rejected", camera, printable(reason))
