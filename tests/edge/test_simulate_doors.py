"""Simulated readers and controllers before the real drivers: what each verb makes the hub hear."""

import socket
import stat
import time

import pytest

from drivers.base import Misconfigured, Order
from drivers.doors.osdp_keys import read_key
from drivers.said import (
    CardPresented,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    OrderDone,
    PassageLogged,
    PowerChanged,
    TamperChanged,
)
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.simulation.rig import Word
from tests.edge.simulated_compound import free_port, named, rehearsed, site, trouble


def reader(folder, address, **more):
    key = str(folder / "keys" / f"reader-{address}")
    return named(address=address, key_file=key, lost_after_s=2.5, **more)


def osdp(folder):
    return {
        "kind": "osdp",
        "port": str(folder / "ports" / "gate"),
        "baud": 38400,
        "readers": {
            "north-door": reader(folder, 0),
            "south-door": reader(
                folder,
                5,
                door={
                    "contact_input": 3, "contact_open_when_active": False, "exit_input": 6, "lock_output": 2,
                },
            ),
            "patrol-north": reader(folder, 9, door=None, patrol_point=True),
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    with rehearsed({"gate-bus": osdp(tmp_path_factory.mktemp("gate"))}) as rehearsal:
        for device in ("north-door", "south-door", "patrol-north"):
            rehearsal.wait(TamperChanged, device=device, first=True)
        yield rehearsal


def lost_and_found(gate, device, begin, end):
    """Let a device alone fall silent and come back; return how it was told lost."""
    with trouble(gate, begin, end) as mark:
        lost = gate.wait(DeviceLost, mark, device=device)
    gate.wait(DeviceFound, mark, device=device)
    assert {said.device for said in gate.all(DeviceLost, mark)} == {device}
    return lost


def test_keys_are_made_where_there_are_none_and_only_their_owner_reads_them(gate):
    for wired in gate.site.wires["gate-bus"].readers.values():
        assert stat.S_IMODE(wired.key_file.stat().st_mode) == 0o600
    keys = {read_key("r", wired.key_file) for wired in gate.site.wires["gate-bus"].readers.values()}
    assert len(keys) == 3


def test_a_key_that_is_there_is_the_readers_key(tmp_path):
    wires = {"gate-bus": osdp(tmp_path)}
    with SimulatedCompound(site(wires), {}):
        kept = (tmp_path / "keys" / "reader-0").read_bytes()
    with SimulatedCompound(site(wires), {}):
        assert (tmp_path / "keys" / "reader-0").read_bytes() == kept


def test_a_key_open_to_others_keeps_everything_down(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "reader-0").write_text("00" * 16)
    (tmp_path / "keys" / "reader-0").chmod(0o644)
    compound = SimulatedCompound(site({"gate-bus": osdp(tmp_path)}), {})
    with pytest.raises(Misconfigured, match="reader-0"):
        compound.start()
    assert not (tmp_path / "ports" / "gate").is_symlink()


def test_doors_are_read_closed_at_first_however_they_are_wired(gate):
    for device in ("north-door", "south-door"):
        assert gate.wait(DoorChanged, device=device, first=True).position == "closed"


def test_a_card_at_a_door_and_at_a_patrol_point(gate):
    mark = gate.happen("card 1042 at north-door", "card 99:77 at patrol-north")
    card = gate.wait(CardPresented, mark, device="north-door")
    assert (card.facility, card.number) == (17, 1042)
    card = gate.wait(CardPresented, mark, device="patrol-north")
    assert (card.facility, card.number) == (99, 77)


def test_keys_typed_at_a_door(gate):
    mark = gate.happen("keys 1234# at north-door")
    assert gate.wait(KeysPressed, mark, device="north-door").keys == "1234#"


@pytest.mark.parametrize("device", ["north-door", "south-door"])
def test_a_door_opens_and_closes_and_somebody_leaves(gate, device):
    mark = gate.happen(f"exit at {device}", f"open {device}")
    gate.wait(ExitRequested, mark, device=device)
    gate.wait(DoorChanged, mark, device=device, position="open")
    mark = gate.happen(f"close {device}")
    gate.wait(DoorChanged, mark, device=device, position="closed")
    assert gate.all(ExitRequested, mark) == []


@pytest.mark.parametrize("device", ["north-door", "south-door"])
def test_an_order_releases_the_lock_where_it_is_wired_and_state_tells_it(gate, device):
    mark = gate.mark()
    gate.hub.driver(device).open(device, Order(f"o-{device}", time.monotonic() + 10.0), 3000)
    assert gate.wait(OrderDone, mark, order=f"o-{device}").refused is None
    gate.wait(DoorChanged, mark, device=device, lock="unlocked")
    assert "simulate.word_unlocked" in {word.key for word in gate.compound.states()[device]}
    gate.wait(DoorChanged, mark, device=device, lock="locked")


def test_words_at_a_reader_are_told_while_it_shows_them(gate):
    mark = gate.mark()
    gate.hub.driver("north-door").show("north-door", Order("t-1", time.monotonic() + 10.0), "<-  ->", 200)
    assert gate.wait(OrderDone, mark, order="t-1").refused is None
    assert Word("simulate.word_shows", {"text": "<-  ->"}) in gate.compound.states()["north-door"]


def test_a_housing_is_opened_and_closed_and_the_mains_fail(gate):
    mark = gate.happen("tamper north-door", "power battery north-door")
    gate.wait(TamperChanged, mark, device="north-door", tampered=True)
    gate.wait(PowerChanged, mark, device="north-door", power="battery")
    told = {word.key for word in gate.compound.states()["north-door"]}
    assert {"simulate.word_tampered", "simulate.word_battery"} <= told
    mark = gate.happen("mend north-door", "power mains north-door")
    gate.wait(TamperChanged, mark, device="north-door", tampered=False)
    gate.wait(PowerChanged, mark, device="north-door", power="mains")


def test_a_reader_restarts_with_its_door_in_another_state(gate):
    for position in ("open", "closed"):
        mark = gate.happen("unplug north-door", f"restart north-door with door {position}")
        gate.wait(DeviceLost, mark, device="north-door")
        mark = gate.happen("plug north-door")
        assert gate.wait(DoorChanged, mark, device="north-door").position == position


def test_a_reader_without_power_and_one_that_hangs(gate):
    lost_and_found(gate, "north-door", "unplug north-door", "plug north-door")
    lost_and_found(gate, "north-door", "stall north-door", "resume north-door")


def test_a_reader_that_hangs_and_has_no_power_needs_both_to_come_back(gate):
    mark = gate.happen("stall north-door", "unplug north-door", "resume north-door")
    gate.wait(DeviceLost, mark, device="north-door")
    states = {word.key for word in gate.compound.states()["north-door"]}
    assert "simulate.word_unplugged" in states
    assert "simulate.word_stalled" not in states
    gate.happen("plug north-door")
    gate.wait(DeviceFound, mark, device="north-door")


def test_a_wrong_key_keeps_a_reader_out_until_it_has_the_right_one(gate):
    lost = lost_and_found(gate, "north-door", "wrong key north-door", "right key north-door")
    assert lost.reason == "door.wrong_key"


def test_another_reader_in_its_place_shows_its_own_serial_number(gate):
    before = [found.identity for found in gate.all(DeviceFound, device="south-door")][-1]
    mark = gate.happen("unplug south-door", "swap south-door")
    gate.wait(DeviceLost, mark, device="south-door")
    gate.happen("plug south-door")
    other = gate.wait(DeviceFound, mark, device="south-door").identity
    assert other != before
    mark = gate.happen("unplug south-door", "swap south-door")
    gate.wait(DeviceLost, mark, device="south-door")
    gate.happen("plug south-door")
    assert gate.wait(DeviceFound, mark, device="south-door").identity == before


def test_a_slow_reader_is_heard_late_and_one_that_is_too_slow_is_lost_alone(gate):
    with trouble(gate, "slow north-door 0.1s", "slow north-door off"):
        mark = gate.happen("card 5 at north-door", "card 6 at south-door")
        gate.wait(CardPresented, mark, device="north-door", number=5)
        gate.wait(CardPresented, mark, device="south-door", number=6)
    lost_and_found(gate, "north-door", "slow north-door 4s", "slow north-door off")


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("unplug gate-bus", "plug gate-bus"),
        ("stall gate-bus", "resume gate-bus"),
        ("noise 100% on gate-bus", "noise 0% on gate-bus"),
    ],
)
def test_a_bus_that_carries_nothing_takes_all_its_readers_away(gate, begin, end):
    readers = ("north-door", "south-door", "patrol-north")
    port = gate.compound.rigs["gate-bus"].ports[0]
    with trouble(gate, begin, end) as mark:
        assert port.is_symlink() == ("unplug" not in begin)
        for device in readers:
            gate.wait(DeviceLost, mark, device=device)
    for device in readers:
        gate.wait(DeviceFound, mark, device=device)
    assert port.is_symlink()


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
def test_a_card_in_doubled_or_overtaking_replies_is_told_once(gate, fault):
    line = gate.compound.rigs["gate-bus"]._line
    with trouble(gate, f"{fault} gate-bus on", f"{fault} gate-bus off"):
        assert (line.doubled, line.reordered) == (fault == "duplicate", fault == "reorder")
        mark = gate.happen("card 7 at south-door")
        gate.wait(CardPresented, mark, device="south-door", number=7)
        time.sleep(1.5)
    assert not line.doubled
    assert not line.reordered
    gate.online("north-door", "south-door", "patrol-north")
    assert len(gate.all(CardPresented, mark)) == 1


@pytest.mark.parametrize(
    ("words", "key", "why"),
    [
        ("card 70000 at north-door", "simulate.card_number", "up to 65535"),
        ("card 300:1 at north-door", "simulate.card_number", "up to 255"),
        ("tag 0A0058B7C1 at north-door", "simulate.cannot", "card NUMBER at north-door"),
        ("open patrol-north", "simulate.cannot", "card NUMBER at patrol-north"),
        ("noise 20% on north-door", "simulate.say_of", "say it of gate-bus"),
        ("wait 2s", "simulate.wait_in_scripts", "scripts"),
        ("cut zone 3", "simulate.which_fence", "which fence"),
        ("stall lane-view", "simulate.camera_not_fed", "--video lane-view=FILE"),
    ],
)
def test_what_a_reader_cannot_do_is_refused_and_nothing_happens(gate, words, key, why):
    with pytest.raises(Refused, match=why) as refused:
        gate.compound.tell(words)
    assert refused.value.key == key


def uhppote(number, **more):
    return {
        "kind": "uhppote",
        "listen_host": "127.0.0.1",
        "listen_port": free_port(socket.SOCK_DGRAM),
        "controllers": {
            "clubhouse": named(
                serial=405419896,
                host="127.0.0.1",
                port=number,
                poll_ms=200,
                lost_after_s=2.0,
                doors={"clubhouse-door": named(number=1), "side-door": named(number=3)},
                **more,
            ),
            # Two boards keep their usual port, each at its own address.
            "garage": named(
                serial=405419897,
                host="127.0.0.2",
                port=number,
                poll_ms=200,
                lost_after_s=2.0,
                doors={"garage-door": named(number=2)},
            ),
        },
    }


@pytest.fixture(scope="module")
def club():
    with rehearsed({"club-network": uhppote(free_port(socket.SOCK_DGRAM))}) as rehearsal:
        for device in ("clubhouse-door", "side-door", "garage-door"):
            rehearsal.wait(DoorChanged, device=device, first=True)
        yield rehearsal


def test_a_controllers_door_opens_and_a_card_is_refused_or_let_out(club):
    mark = club.happen("open side-door", "card 10058399 at clubhouse-door", "exit at garage-door")
    club.wait(DoorChanged, mark, device="side-door", position="open")
    passage = club.wait(PassageLogged, mark, device="clubhouse-door")
    assert (passage.card, passage.granted) == (10058399, False)
    club.wait(ExitRequested, mark, device="garage-door")
    mark = club.happen("close side-door", "card 100:58399 at clubhouse-door")
    club.wait(DoorChanged, mark, device="side-door", position="closed")
    assert club.wait(PassageLogged, mark, device="clubhouse-door").card == 10058399


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("unplug clubhouse", "plug clubhouse"),
        ("stall clubhouse", "resume clubhouse"),
        ("slow clubhouse 3s", "slow clubhouse off"),
        ("swap clubhouse", "swap clubhouse"),
        ("noise 100% on clubhouse", "noise 0% on clubhouse"),
    ],
)
def test_a_controller_falls_silent_with_its_doors_and_the_other_goes_on(club, begin, end):
    with trouble(club, begin, end) as mark:
        for device in ("clubhouse", "clubhouse-door", "side-door"):
            club.wait(DeviceLost, mark, device=device)
    for device in ("clubhouse", "clubhouse-door", "side-door"):
        club.wait(DeviceFound, mark, device=device)
    assert not [said for said in club.all(DeviceLost, mark) if said.device.startswith("garage")]


def test_a_pulled_network_takes_every_controller_away(club):
    mark = club.happen("unplug club-network")
    for device in ("clubhouse", "garage"):
        club.wait(DeviceLost, mark, device=device)
    club.happen("plug club-network")
    for device in ("clubhouse", "garage"):
        club.wait(DeviceFound, mark, device=device)


def test_doubled_and_overtaking_events_are_told_once_and_in_order(club):
    mark = club.happen("duplicate club-network on", "reorder club-network on")
    club.happen(*(f"card {number} at garage-door" for number in range(1, 7)))
    club.wait(PassageLogged, mark, device="garage-door", card=6)
    club.happen("duplicate club-network off", "reorder club-network off")
    assert [said.card for said in club.all(PassageLogged, mark)] == [1, 2, 3, 4, 5, 6]


def test_a_restarted_controller_goes_on_telling(club):
    mark = club.happen("restart garage", "card 8 at garage-door")
    assert club.wait(PassageLogged, mark, device="garage-door").card == 8


@pytest.mark.parametrize(
    ("words", "key", "why"),
    [
        ("unplug side-door", "simulate.say_of", "say it of clubhouse"),
        ("tamper clubhouse", "simulate.cannot", "restart clubhouse"),
        ("wrong key clubhouse", "simulate.cannot", "swap clubhouse"),
        ("card 99999:9999999 at side-door", "simulate.card_too_large", "below 4294967296"),
    ],
)
def test_what_a_controller_cannot_do_is_refused(club, words, key, why):
    with pytest.raises(Refused, match=why) as refused:
        club.compound.tell(words)
    assert refused.value.key == key


def test_a_controller_elsewhere_is_never_touched():
    wires = {"club-network": uhppote(60000)}
    wires["club-network"]["controllers"]["garage"]["host"] = "192.168.10.61"
    with pytest.raises(Refused, match=r"192\.168\.10\.61 is not this machine"):
        SimulatedCompound(site(wires), {})


def test_an_address_that_another_program_has_is_named_and_nothing_stays(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.2", 0))
        port = taken.getsockname()[1]
        compound = SimulatedCompound(site({"gate-bus": osdp(tmp_path), "club": uhppote(port)}), {})
        with pytest.raises(Refused, match=rf"127\.0\.0\.2:{port} cannot be taken"):
            compound.start()
    assert not (tmp_path / "ports" / "gate").is_symlink()
