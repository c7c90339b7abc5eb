"""A small SOAP responder on 127.0.0.1 for the answers that no virtual camera gives."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error">'
    "<s:Body>{body}</s:Body></s:Envelope>"
)
SERVICES = {
    "device": "http://www.onvif.org/ver10/device/wsdl",
    "media": "http://www.onvif.org/ver10/media/wsdl",
    "media2": "http://www.onvif.org/ver20/media/wsdl",
    "ptz": "http://www.onvif.org/ver20/ptz/wsdl",
}


@dataclass(frozen=True)
class Request:
    operation: str
    path: str
    body: str
    authorization: str


@dataclass(frozen=True)
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def soap(body: str) -> Answer:
    return Answer(ENVELOPE.format(body=body))


def fault(reason: str, code: str = "ter:Action", status: int = 400) -> Answer:
    body = (
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
        f"<s:Reason><s:Text>{reason}</s:Text></s:Reason></s:Fault>"
    )
    return Answer(ENVELOPE.format(body=body), status)


def services(*names: str, host: str = "10.9.8.7") -> Answer:
    """Services at an address that is nobody's: a camera behind a translator says so."""
    listed = "".join(
        f"<tds:Service><tds:Namespace>{SERVICES[name]}</tds:Namespace>"
        f"<tds:XAddr>http://{host}/onvif/{name}</tds:XAddr></tds:Service>"
        for name in names
    )
    return soap(f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>")


DEVICE = soap(
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>海康威视</tds:Manufacturer>"
    "<tds:Model>DS-2</tds:Model><tds:FirmwareVersion>V5.7</tds:FirmwareVersion>"
    "<tds:SerialNumber>C1</tds:SerialNumber></tds:GetDeviceInformationResponse>"
)


def clock(ahead=timedelta()):
    at = datetime.now(UTC) + ahead
    return soap(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
        f"<tt:Second>{at.second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def profile(token, encoding, width, height, *, view="lens", ptz=False):
    return (
        f'<trt:Profiles token="{token}"><tt:Name>{token}</tt:Name>'
        f"<tt:VideoSourceConfiguration><tt:SourceToken>{view}</tt:SourceToken></tt:VideoSourceConfiguration>"
        f"<tt:VideoEncoderConfiguration><tt:Encoding>{encoding}</tt:Encoding><tt:Resolution>"
        f"<tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
        "<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl>"
        f"</tt:VideoEncoderConfiguration>{'<tt:PTZConfiguration/>' if ptz else ''}</trt:Profiles>"
    )


def profiles(*each):
    return soap(f"<trt:GetProfilesResponse>{''.join(each)}</trt:GetProfilesResponse>")


def stream(address):
    return soap(
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{address}</tt:Uri></trt:MediaUri>"
        "</trt:GetStreamUriResponse>"
    )


def _stream_of(request):
    token = re.search(r"ProfileToken>(\w+)<", request.body)[1]
    return stream(f"rtsp://10.9.8.7:554/{token}")


def script(**more):
    """What an ordinary camera with two streams and two presets answers."""
    return {
        "GetSystemDateAndTime": clock(),
        "GetServices": services("media", "ptz"),
        "GetProfiles": profiles(
            profile("main", "H264", 1920, 1080, ptz=True), profile("sub", "H264", 640, 360, ptz=True)
        ),
        "GetStreamUri": _stream_of,
        "GetPresets": soap(
            '<tptz:GetPresetsResponse><tptz:Preset token="1"><tt:Name>大门</tt:Name></tptz:Preset>'
            '<tptz:Preset token="2"><tt:Name>Lane</tt:Name></tptz:Preset></tptz:GetPresetsResponse>'
        ),
        "GotoPreset": soap("<tptz:GotoPresetResponse/>"),
    } | more


Script = dict[str, Answer | Callable[[Request], Answer]]


class Responder:
    """Answers each operation as its script says, and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script: Script = {"GetDeviceInformation": DEVICE} | script
        self.asked: list[Request] = []
        responder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                operation = re.search(r"<s:Body><\w+:(\w+)", raw)[1]
                request = Request(operation, self.path, raw, self.headers.get("Authorization", ""))
                responder.asked.append(request)
                told = responder.script.get(operation, fault("not implemented", "ter:ActionNotSupported"))
                answer = told(request) if callable(told) else told
                body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
                self.send_response(answer.status)
                for name, value in ({"Content-Length": str(len(body))} | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def where(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def operations(self) -> list[str]:
        return [request.operation for request in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def responding(script: Script) -> Iterator[Responder]:
    responder = Responder(script)
    try:
        yield responder
    finally:
        responder.close()
