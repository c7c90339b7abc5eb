"""Between drivers and decisions about passing: judges codes, and carries decided orders to the devices.

PINs cost tens of milliseconds to verify, so that is done in a thread of its own and its outcome is reported
like anything else that happens; the digits go no further than here.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from drivers import base
from drivers.base import DeviceError
from drivers.said import CardPresented, CodeScanned, KeysPressed, Said
from edge.access import keypads
from edge.access.keypads import Keypads, Typed
from edge.access.policy import AccessPolicy
from edge.access.register import AccessRegister, Pin
from edge.access.request import Order
from edge.access.showing import code_of
from edge.box_events import PassScanned, PinTyped
from edge.clock import Clock
from edge.control.handing_over import Drivers, hand_over_guarded, not_given, unknown_device
from edge.events import Report
from edge.site.roster import Listed

# More codes than this wait for nobody: who types that fast is no person.
MOST_WAITING = 8

log = logging.getLogger("menwei.access")


@dataclass(frozen=True, slots=True)
class Judges:
    """Who says whether a PIN fits and whose pass a scanned code is.

    `pin` is given the PINs it may be, and the digits; `code` returns a visitor's id, or why it is none.
    """

    pin: Callable[[Sequence[Pin], str], Pin | None]
    code: Callable[[str, AccessRegister], tuple[int | None, str | None]]


@dataclass(frozen=True, slots=True)
class Devices:
    """Every device of the site, and who knows their drivers."""

    roster: Mapping[str, Listed]
    drivers: Drivers


class Gatekeeper:
    """Used in the event loop only. `take_in` hands a report to the controller."""

    def __init__(
        self,
        policy: AccessPolicy,
        devices: Devices,
        judges: Judges,
        clock: Clock,
        take_in: Callable[[Report], None],
    ) -> None:
        self._policy = policy
        self._devices = devices
        self._judges = judges
        self._clock = clock
        self._take_in = take_in
        self._register = AccessRegister()
        self._keypads = Keypads()
        self._scanners = {s: door for door, at in policy.doors.items() for s in at.code_readers}
        self._judging: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judge-pin")

    def learn(self, register: AccessRegister) -> None:
        """Go by other registers from now on."""
        self._register = register

    def heard(self, said: Said) -> None:
        """Take note of what a driver said at a door; what happened long ago is nobody's request now."""
        if said.late_s > 0:
            return
        match said:
            case CardPresented(device=reader) if self._policy.door_at(reader):
                card = self._register.cards.get(code_of(said))
                subject = None if card is None else card.subject
                self._keypads = keypads.card_shown(self._keypads, reader, subject, said.mono_s)
            case KeysPressed(device=reader, keys=keys) if self._policy.door_at(reader):
                pads, at_s = self._keypads, said.mono_s
                self._keypads, codes = keypads.pressed(pads, self._register, reader, keys, at_s)
                for typed in codes:
                    self._judge(typed)
            case CodeScanned(device=scanner, text=text) if scanner in self._scanners:
                visitor, problem = self._judges.code(text, self._register)
                seen = PassScanned(
                    device=self._scanners[scanner], mono_s=said.mono_s, visitor=visitor, problem=problem
                )
                self._take_in(Report(seen))
            case _:
                pass

    def carry_out(self, orders: Iterable[Order]) -> None:
        """Give decided orders to their devices; one that cannot be given is reported as refused."""
        for decided in orders:
            listed = self._devices.roster.get(decided.device)
            order = base.Order(decided.id, decided.expires_mono_s)
            try:
                if listed is None:
                    raise unknown_device(decided.device)
                hand_over_guarded(self._devices.drivers, listed, decided.what, order)
            except DeviceError as error:
                log.warning("an order for %s cannot be given: %s", decided.device, error)
                now_s = self._clock.mono()
                self._take_in(Report(not_given(order, decided.device, error, now_s, now_s)))

    def close(self) -> None:
        """Let go of the thread; codes that wait are forgotten."""
        for task in self._judging:
            task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _judge(self, typed: Typed) -> None:
        if len(self._judging) >= MOST_WAITING:
            self._take_in(Report(self._pin(typed, None, "too_many_codes")))
            return
        task = asyncio.get_running_loop().create_task(self._verify(typed))
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)

    async def _verify(self, typed: Typed) -> None:
        pins = keypads.pins_of(self._register, typed)
        loop = asyncio.get_running_loop()
        # Also for nobody's code: how long it takes must not tell which numbers exist.
        fits = await loop.run_in_executor(self._thread, self._judges.pin, pins, typed.pin)
        wrong = "pin_without_person" if typed.subject is None else "wrong_pin"
        self._take_in(Report(self._pin(typed, fits, wrong if fits is None else None)))

    def _pin(self, typed: Typed, fits: Pin | None, problem: str | None) -> PinTyped:
        return PinTyped(
            device=self._policy.doors_of_readers.get(typed.reader, typed.reader),
            mono_s=typed.at_s,
            subject=typed.subject,
            credential=None if fits is None else fits.id,
            problem=problem,
            duress=fits is not None and fits.duress,
            reader=typed.reader,
        )
