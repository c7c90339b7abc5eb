"""One conversation with the readers of a bus: from the opening of the port until it fails or is left."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from drivers.base import DeviceError, Identity, Malformed, Tell
from drivers.doors import faults, osdp_commands
from drivers.doors.faults import fault
from drivers.doors.osdp_asking import Asking, confirmed, refused
from drivers.doors.osdp_commands import Report
from drivers.doors.osdp_link import Link, Request, Sent, answered, done, given_up, refusal
from drivers.doors.osdp_panel import OsdpPanel, Outcome
from drivers.doors.osdp_port import Heard, OsdpPort
from drivers.doors.osdp_reports import ReaderState, identity, told
from drivers.doors.osdp_supervising import Act, Patience, Seen, step
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.said import DeviceFound, DeviceLost

_WAIT_S = 0.005
# A token is the id of an order, or the state that was asked for.
_Token = str | Report


class Conversation:
    """Drives the panel; all methods belong to the bus's thread."""

    def __init__(
        self,
        port: OsdpPort,
        links: Sequence[Link],
        tell: Tell,
        mono: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._port = port
        self._links = links
        self._tell = tell
        self._mono = mono
        self._patience = patience
        self._panel: OsdpPanel[_Token] = OsdpPanel(port, [(link.wiring, link.key) for link in links])
        self._words_before = [link.words for link in links]

    def turn(self) -> None:
        """Wait for bytes, let the library work, tell what came. Raises Transient: the port is gone."""
        self._port.pump(_WAIT_S)
        self._panel.refresh()
        now_s = self._mono()
        for number, event in self._panel.events():
            self._take(self._links[number], event, now_s)
        for number, token, outcome in self._panel.done():
            self._finish(number, token, outcome, now_s)
        for number, link in enumerate(self._links):
            self._supervise(number, link, now_s)
            self._reread(number, link, now_s)
            self._give_up(number, link, now_s)

    def request(self, request: Request) -> None:
        """Hand a request to the library, or refuse it."""
        number = next(n for n, link in enumerate(self._links) if link.wiring.id == request.device)
        link, now_s = self._links[number], self._mono()
        refused = refusal(request, alive=link.watch.secure, now_s=now_s)
        if refused is None and request.shows and not self._panel.has_display(number):
            refused = faults.NO_DISPLAY
        if refused is None:
            link.sent[request.order.id] = sent = Sent(request, len(request.commands))
            taken = [self._panel.submit(number, command, request.order.id) for command in request.commands]
            sent.left = sum(taken)
            if not sent.left:
                del link.sent[request.order.id]
                refused = refusal(request, alive=False, now_s=now_s)
        if refused is not None:
            self._tell(done(request, refused, now_s))

    def _take(self, link: Link, event: dict[str, Any], now_s: float) -> None:
        try:
            link.state, said = told(event, link.state, link.wiring, now_s)
        except Malformed:
            link.malformed += 1
            return
        for one in said:
            self._tell(one)

    def _supervise(self, number: int, link: Link, now_s: float) -> None:
        heard = self._port.heard(link.wiring.address)
        link.words = self._words_before[number] + heard.words
        link.word_s = heard.word_s or link.word_s
        seen = Seen(
            secure=self._panel.secure(number), released=self._panel.released(number), word_s=heard.word_s
        )
        before = link.watch
        link.watch, acts = step(before, seen, now_s, link.wiring.lost_after_s, self._patience)
        for act in acts:
            match act:
                case Act.DISABLE:
                    self._panel.drop(number)
                    if link.watch.lost_s is not None:
                        note(link, why(link.wiring, heard, before.attempt_s))
                case Act.ENABLE:
                    self._panel.take_up(number)
                case Act.FOUND:
                    self._found(number, link, before.lost_s, now_s)
                case Act.READ:
                    if self._identity(number) != link.known:
                        self._found(number, link, before.alive_s, now_s)
                    self._read(number, link)
                case Act.LOST:
                    self._lost(link, now_s)

    def _identity(self, number: int) -> Identity:
        """Return who answers; in a new session it may be another than before, however short the break."""
        return identity(self._panel.identity(number), 0.0)

    def _found(self, number: int, link: Link, gone_s: float | None, now_s: float) -> None:
        """Tell who answers now, and know nothing more of what was learnt of the reader before."""
        link.reason, link.detail = None, ""
        link.known = known = self._identity(number)
        link.asking = Asking()
        link.state = replace(ReaderState(), exit_pressed=link.state.exit_pressed)
        self._tell(
            DeviceFound(
                device=link.wiring.id,
                mono_s=now_s,
                identity=f"{known.maker} {known.model} {known.serial}",
                firmware=known.firmware,
                away_s=None if gone_s is None else now_s - gone_s,
            )
        )

    def _lost(self, link: Link, now_s: float) -> None:
        heard = self._port.heard(link.wiring.address)
        tell_lost(link, why(link.wiring, heard, link.watch.alive_s), now_s, self._tell)

    def _read(self, number: int, link: Link) -> None:
        """Ask for every state. What differs after a break too short to be told is a change."""
        for report in Report:
            if link.asking.asks(report):
                self._panel.submit(number, osdp_commands.ask(report), report)

    def _reread(self, number: int, link: Link, now_s: float) -> None:
        due = [s for s in link.rereads if s <= now_s]
        if due and link.watch.secure and link.asking.asks(Report.OUTPUT):
            self._panel.submit(number, osdp_commands.ask(Report.OUTPUT), Report.OUTPUT)
        link.rereads = [s for s in link.rereads if s > now_s]

    def _give_up(self, number: int, link: Link, now_s: float) -> None:
        late = given_up(link, now_s)
        if late:
            # What the library still holds must not reach the door later on.
            self._panel.drop(number)
            link.watch = replace(link.watch, secure=False, resting_s=now_s)
        for one in late:
            self._tell(one)

    def _finish(self, number: int, token: _Token, outcome: Outcome, now_s: float) -> None:
        link = self._links[number]
        if isinstance(token, Report):
            if outcome == "refused":
                link.asking = refused(link.asking, token)
            elif outcome == "confirmed":
                link.asking = confirmed(link.asking, token)
            return
        sent = link.sent.get(token)
        result = answered(link, token, outcome, now_s)
        if result is None or sent is None:
            return
        self._tell(result)
        if sent.request.reread_s is not None and result.refused is None:
            link.rereads += [now_s, now_s + sent.request.reread_s]


def why(wiring: OsdpReaderWiring, heard: Heard, since_s: float | None) -> DeviceError:
    """Return why a reader is not there, by what was heard of it after `since_s`, None for ever.

    It is silent, holds another key, offers no Secure Channel, or its link does not hold although it could.
    """

    def since(then_s: float | None) -> bool:
        return then_s is not None and (since_s is None or then_s > since_s)

    device, detail = wiring.id, f"OSDP {wiring.address}"
    if since(heard.broken_s):
        return fault("door.disturbed", device, detail)
    if not since(heard.word_s):
        return fault("door.silent", device, detail)
    if heard.secure_channel is False:
        return fault("door.no_secure_channel", device, detail)
    if since(heard.answered_s) and not since(heard.proven_s):
        return fault("door.wrong_key", device, detail)
    return fault("door.disturbed", device, detail)


def note(link: Link, error: DeviceError) -> None:
    """Keep why a reader is not there, for its health."""
    link.reason, link.detail = error.key, str(error.values["detail"])


def tell_lost(link: Link, error: DeviceError, now_s: float, tell: Tell) -> None:
    """Tell a reader lost, with the reason that `error` gives."""
    note(link, error)
    silent_s = None if link.word_s is None else max(0.0, now_s - link.word_s)
    tell(
        DeviceLost(
            device=link.wiring.id, mono_s=now_s, reason=error.key, detail=link.detail, silent_s=silent_s
        )
    )
