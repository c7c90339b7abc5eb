"""What a simulated ONVIF camera says, as SOAP 1.2 over HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

_ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error">'
    "<s:Body>{body}</s:Body></s:Envelope>"
)
_SERVICES = {
    "device": "http://www.onvif.org/ver10/device/wsdl",
    "media": "http://www.onvif.org/ver10/media/wsdl",
    "media2": "http://www.onvif.org/ver20/media/wsdl",
    "ptz": "http://www.onvif.org/ver20/ptz/wsdl",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def soap(body: str) -> Answer:
    """Return an answer with this in its SOAP body."""
    return Answer(_ENVELOPE.format(body=body))


def fault(reason: str, code: str = "ter:Action", status: int = 400) -> Answer:
    """Return a SOAP fault; `code` is its subcode."""
    body = (
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
        f"<s:Reason><s:Text>{reason}</s:Text></s:Reason></s:Fault>"
    )
    return Answer(_ENVELOPE.format(body=body), status)


def device(maker: str, model: str, serial: str, firmware: str) -> Answer:
    """Return who the camera is."""
    return soap(
        f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{escape(maker)}</tds:Manufacturer>"
        f"<tds:Model>{escape(model)}</tds:Model><tds:FirmwareVersion>{escape(firmware)}</tds:FirmwareVersion>"
        f"<tds:SerialNumber>{escape(serial)}</tds:SerialNumber></tds:GetDeviceInformationResponse>"
    )


def clock(at: datetime) -> Answer:
    """Return what time the camera believes it is; `at` is in UTC."""
    return soap(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
        f"<tt:Second>{at.second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def services(*names: str, host: str) -> Answer:
    """Return the services of these names, each at `host`."""
    listed = "".join(
        f"<tds:Service><tds:Namespace>{_SERVICES[name]}</tds:Namespace>"
        f"<tds:XAddr>http://{host}/onvif/{name}</tds:XAddr></tds:Service>"
        for name in names
    )
    return soap(f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>")


def profile(
    token: str, encoding: str, width: int, height: int, *, view: str = "lens", ptz: bool = False
) -> str:
    """Return one stream that the camera offers, for `profiles`."""
    return (
        f'<trt:Profiles token="{token}"><tt:Name>{token}</tt:Name>'
        f"<tt:VideoSourceConfiguration><tt:SourceToken>{view}</tt:SourceToken></tt:VideoSourceConfiguration>"
        f"<tt:VideoEncoderConfiguration><tt:Encoding>{encoding}</tt:Encoding><tt:Resolution>"
        f"<tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
        "<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl>"
        f"</tt:VideoEncoderConfiguration>{'<tt:PTZConfiguration/>' if ptz else ''}</trt:Profiles>"
    )


def profiles(*each: str) -> Answer:
    """Return the camera's streams."""
    return soap(f"<trt:GetProfilesResponse>{''.join(each)}</trt:GetProfilesResponse>")


def stream(address: str) -> Answer:
    """Return where a stream is."""
    return soap(
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{address}</tt:Uri></trt:MediaUri>"
        "</trt:GetStreamUriResponse>"
    )


def presets(saved: Iterable[tuple[str, str]]) -> Answer:
    """Return the directions saved in the camera: their tokens and names."""
    listed = "".join(
        f'<tptz:Preset token="{escape(token)}"><tt:Name>{escape(name)}</tt:Name></tptz:Preset>'
        for token, name in saved
    )
    return soap(f"<tptz:GetPresetsResponse>{listed}</tptz:GetPresetsResponse>")


def gone() -> Answer:
    """Return that the camera turns to a preset."""
    return soap("<tptz:GotoPresetResponse/>")
