"""`menwei run` while its devices are unplugged, stalled, restarted, swapped and wrongly keyed.

One daemon hears all of it. A round does the same to one device of every kind at once, because what a round
costs are the deadlines; the other devices of the same wires live on meanwhile.
"""

import random
from collections.abc import Iterable, Iterator
from functools import partial

import pytest

from drivers.said import CardPresented, DensityMeasured, DeviceFound, DeviceLost, PassageLogged
from drivers.sim import probe_emitter
from drivers.sim.probe_emitter import ProbeEmitter, as_post, crowd
from drivers.sim.probe_wires import HttpEnd
from edge.simulation.listened import FIRST_CROWD
from tests.faults.device_gate import Gate, age_told, gate
from tests.faults.device_rounds import (
    FIRST,
    FOUND_SO,
    LIFE_OF_FIRST,
    LIFE_OF_SECOND,
    RAISED_BY_CHANGES,
    SECOND,
    STATES,
    Life,
    Round,
    all_told,
    back,
    ended,
    heard,
    silence,
)
from tests.faults.device_site import CARRIED, DEADLINES_S, HANGING_ON

pytestmark = pytest.mark.timeout(300)

DIGITS = "86753099"


def once(devices: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys(devices, 1)


@pytest.fixture(scope="module")
def addresses() -> Iterator[set[str]]:
    """Every hardware address that a simulated probe ever says."""
    made, original = set[str](), probe_emitter._address

    def address(luck: random.Random, local: bool) -> str:
        made.add(one := original(luck, local))
        return one

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_emitter, "_address", address)
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, addresses: set[str]) -> Iterator[Gate]:
    with gate(tmp_path_factory.mktemp("gate")) as made:
        made.up()
        for device in DEADLINES_S:
            made.wait(DeviceFound, within_s=60.0, device=device)
        yield made


# Unplugged and stalled


@pytest.fixture(scope="module")
def stalled(site: Gate) -> Round:
    # A serial RFID reader is silent while nobody badges: only its port can be missed.
    victims = tuple(device for device in FIRST if device != "east-point")
    return silence(site, "stall", "resume", victims, LIFE_OF_FIRST, LIFE_OF_SECOND)


@pytest.fixture(scope="module")
def unplugged(site: Gate) -> Round:
    return silence(site, "unplug", "plug", (*SECOND, "wall-probe"), LIFE_OF_SECOND, LIFE_OF_FIRST)


def is_alerted_with_an_age_in_time(told: Round) -> None:
    assert told.counted(told.victims, DeviceLost) == once(told.victims), told.gate.told(told.began)
    assert told.late() == {}
    assert told.without_age() == {}


def test_every_device_that_stalls_is_an_alert_with_an_age_within_its_deadline(stalled):
    is_alerted_with_an_age_in_time(stalled)


def test_the_others_on_its_wires_stay_online_and_are_heard_while_a_device_is_stalled(stalled):
    assert stalled.others_lost() == set()


def test_every_stalled_device_is_found_again_once_without_a_restart_of_the_daemon(stalled, site):
    assert stalled.counted(stalled.victims, DeviceFound) == once(stalled.victims)
    assert site.daemons[0].poll() is None


def test_every_device_that_is_unplugged_is_an_alert_with_an_age_within_its_deadline(unplugged):
    is_alerted_with_an_age_in_time(unplugged)


def test_the_others_on_its_wires_stay_online_and_are_heard_while_a_device_is_unplugged(unplugged):
    assert unplugged.others_lost() == set()


def test_every_unplugged_device_is_found_again_once_without_a_restart_of_the_daemon(unplugged, site):
    assert unplugged.counted(unplugged.victims, DeviceFound) == once(unplugged.victims)
    assert site.daemons[0].poll() is None


@pytest.mark.parametrize("device", ["gate-controller", "lane-board"])
def test_what_hangs_on_a_silent_device_is_lost_with_it_in_one_alert(stalled, device):
    (alert,) = stalled.alerts(kind="device_lost", device=device)
    (with_it,) = [why.en for why in alert.why if why.en.startswith("down with it: ")]
    for hanging in HANGING_ON[device]:
        assert stalled.counted((hanging,), DeviceLost) == {hanging: 1}
        assert stalled.alerts(kind="device_lost", device=hanging) == []
        assert hanging.replace("-", " ") in with_it


def reports_changes_once(told: Round, life: Life) -> None:
    """What changed unseen is told once, as found so; what did not change is not told at all."""
    assert told.counted(life.change, STATES, first=True) == once(life.change), told.gate.told(told.began)
    assert told.counted(life.change, STATES) == once(life.change), told.gate.told(told.began)
    for device in life.change:
        (alert,) = [alert for alert in told.alerts(device=device) if alert.kind in RAISED_BY_CHANGES]
        assert FOUND_SO in [why.en for why in alert.why]


def test_what_changed_while_a_device_was_stalled_is_reported_once_and_nothing_else_is(stalled):
    reports_changes_once(stalled, LIFE_OF_FIRST)


def test_what_changed_while_a_device_was_unplugged_is_reported_once_and_nothing_else_is(unplugged):
    reports_changes_once(unplugged, LIFE_OF_SECOND)


# A cable that carries several devices


@pytest.fixture(scope="module")
def cut(site: Gate) -> Round:
    """The adapters of two buses are pulled, a serial server and the broker go down; all come back."""
    victims = tuple(device for devices in CARRIED.values() for device in devices)
    began = site.mark()
    began_s = site.tell("unplug gate-readers", "unplug fence-bus", "unplug remote-bus")
    site.broker.stop()
    all_told(site, DeviceLost, victims, began)
    site.tell("card 4715 at yard-door")
    site.wait(PassageLogged, began, device="yard-door", card=4715, late_s=0.0)
    mended = site.mark()
    site.tell("plug gate-readers", "plug fence-bus", "plug remote-bus")
    site.broker.start()
    all_told(site, DeviceFound, victims, mended)
    return ended(site, victims, began, began_s)


def test_a_cable_that_is_pulled_loses_all_of_its_devices_in_one_alert_with_an_age(cut):
    assert cut.counted(cut.victims, DeviceLost) == once(cut.victims), cut.gate.told(cut.began)
    assert cut.late() == {}
    for wire in CARRIED:
        (alert,) = cut.alerts(kind="wire_lost", key=f"wire_lost:{wire}")
        assert age_told(alert), alert.why
    assert [a.device for a in cut.alerts(kind="device_lost") if a.cause_seq > cut.began] == []


def test_the_devices_of_other_cables_stay_online_while_one_is_pulled(cut):
    assert cut.others_lost() == set()


def test_the_devices_of_a_pulled_cable_are_found_again_once_without_a_restart_of_the_daemon(cut, site):
    assert cut.counted(cut.victims, DeviceFound) == once(cut.victims)
    assert site.daemons[0].poll() is None


# Restarted


@pytest.fixture(scope="module")
def restarted(site: Gate) -> Round:
    """Devices restart so quickly that nobody misses them, and stand otherwise than before."""
    heard(site, LIFE_OF_FIRST, site.mark())
    began = site.mark()
    began_s = site.tell("restart north-door with door open", "restart east-fence with zone 2 alarm")
    site.tell("restart lane-board with contact door open", "restart hill-fence with zone 1 alarm")
    site.tell("unplug gate-controller", "open east-door", "restart gate-controller", "plug gate-controller")
    all_told(site, STATES, LIFE_OF_FIRST.change, began)
    told = ended(site, (), began, began_s)
    site.tell("mend zone 2 of east-fence", "mend zone 1 of hill-fence")
    back(site, LIFE_OF_FIRST)
    site.tell("card 4716 at east-door")
    site.wait(PassageLogged, told.told, device="east-door", card=4716)
    return told


def test_every_device_that_restarted_with_another_state_is_one_alert_within_its_deadline(restarted):
    raised = {
        device: [alert for alert in restarted.alerts(device=device) if alert.kind in RAISED_BY_CHANGES]
        for device in LIFE_OF_FIRST.change
    }
    assert {device: len(found) for device, found in raised.items()} == once(raised), raised
    taken_s = {device: found[0].last_mono_s - restarted.began_s for device, found in raised.items()}
    slowest_s = max(DEADLINES_S.values())
    assert {device: s for device, s in taken_s.items() if not 0.0 < s <= slowest_s} == {}


# Swapped


@pytest.fixture(scope="module")
def swapped(site: Gate) -> Round:
    """Another device is put in the place of one of each kind that says who it is."""
    pulled = ("south-door", "west-fence", "yard-board")
    victims = (*pulled, "yard-controller")
    began = site.mark()
    began_s = site.tell("swap yard-controller", *(f"unplug {device}" for device in pulled))
    all_told(site, DeviceLost, victims, began)
    mended = site.mark()
    for device in pulled:
        site.tell(f"swap {device}", f"plug {device}")
    site.tell("swap yard-controller")
    all_told(site, DeviceFound, victims, mended)
    return ended(site, victims, began, began_s)


def test_every_device_that_is_swapped_is_missed_with_an_age_within_its_deadline(swapped):
    is_alerted_with_an_age_in_time(swapped)
    assert swapped.others_lost() == set()


@pytest.mark.parametrize("device", ["south-door", "west-fence", "yard-board"])
def test_the_device_that_answers_in_anothers_place_is_told(swapped, device):
    (alert,) = swapped.alerts(kind="device_swapped", device=device)
    (found,) = swapped.meanwhile(DeviceFound, device=device)
    assert f"{found.identity} {found.firmware}".strip() in alert.why[0].en


def test_a_controller_in_anothers_place_is_named_and_never_taken_for_it(swapped):
    (lost,) = swapped.meanwhile(DeviceLost, device="yard-controller")
    assert (lost.reason, lost.detail) == ("door.other_controller", "405419898")


# Wrongly keyed


@pytest.fixture(scope="module")
def wrongly_keyed(site: Gate) -> Round:
    """A reader holds another key, and a probe posts with another token."""
    victims = ("south-door", "park-probe")
    began = site.mark()
    began_s = site.tell("wrong key south-door", "unplug park-probe")
    end = HttpEnd("127.0.0.1", site.site.wires["probe-posts"].listen_port, token="of-another-site")
    stranger = ProbeEmitter(end, as_post("park"), crowd(random.Random(1), 3, 0), random.Random(2))
    stranger.start(0.5)
    try:
        all_told(site, DeviceLost, victims, began)
    finally:
        stranger.stop()
    assert set(end.statuses) == {401}
    heard(site, LIFE_OF_FIRST, began)
    mended = site.mark()
    site.tell("right key south-door", "plug park-probe")
    all_told(site, DeviceFound, victims, mended)
    return ended(site, victims, began, began_s)


def test_a_device_that_is_wrongly_keyed_is_an_alert_with_an_age_within_its_deadline(wrongly_keyed):
    is_alerted_with_an_age_in_time(wrongly_keyed)
    (lost,) = wrongly_keyed.meanwhile(DeviceLost, device="south-door")
    assert lost.reason == "door.wrong_key"


def test_the_others_stay_online_and_are_heard_while_a_device_is_wrongly_keyed(wrongly_keyed):
    assert wrongly_keyed.others_lost() == set()


def test_a_device_that_is_keyed_rightly_again_is_found_without_a_restart_of_the_daemon(wrongly_keyed, site):
    assert wrongly_keyed.counted(wrongly_keyed.victims, DeviceFound) == once(wrongly_keyed.victims)
    assert site.daemons[0].poll() is None


# What must never be written down


@pytest.fixture(scope="module")
def written(site: Gate) -> tuple[dict[str, bytes], ...]:
    """All that the daemon wrote, by the name of its file: while it runs, and after it ended."""
    probes = [device for device in DEADLINES_S if device.endswith("-probe")]
    site.tell(f"keys {DIGITS} at north-door", "card 4717 at north-door")
    # The card comes after the keys.
    site.wait(CardPresented, device="north-door", number=4717)
    for probe in probes:
        site.until(partial(site.all, DensityMeasured, device=probe), within_s=90.0)
    running = site.written()
    assert site.down() == 0, site.log()
    return running, site.written()


def test_digits_that_are_typed_at_a_keypad_never_reach_the_disk_or_the_log(written):
    assert [name for files in written for name, content in files.items() if DIGITS.encode() in content] == []


def test_addresses_that_probes_hear_never_reach_the_disk_or_the_log(written, addresses, site):
    assert max(minute.devices for minute in site.all(DensityMeasured)) == FIRST_CROWD <= len(addresses)
    forms = {form for address in addresses for form in forms_of(address)}
    found = [
        n for files in written for n, content in files.items() if any(f in content.lower() for f in forms)
    ]
    assert found == []


def forms_of(address: str) -> tuple[bytes, ...]:
    """Return the ways in which an address may be written, in small letters."""
    octets = address.lower().split(":")
    return (*(sign.join(octets).encode() for sign in (":", "-", "")), bytes.fromhex("".join(octets)).lower())
