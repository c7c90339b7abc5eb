"""The site of the fault tests: two of every kind of device, where a wire carries two."""

TOKEN = "of-the-probes-that-post"
READER_S, CONTROLLER_S, STATION_S, PROBE_S, PATROL_S = 3.0, 3.0, 2.0, 6.0, 2.0

SITE = """
site: {{id: device-faults, name: 测试小区, language: en}}
cameras:
  lane: {{name: lane, place: lane, source: missing.mp4, roles: [overview], purpose: security}}
wires:
  gate-readers:
    kind: osdp
    port: ports/gate-readers
    baud: 38400
    readers:
      north-door:
        name: north
        place: north gate
        address: 0
        key_file: keys/0
        door: {{held_after_s: 600}}
        lost_after_s: {reader_s}
      south-door:
        name: south
        place: south gate
        address: 1
        key_file: keys/1
        door: {{held_after_s: 600}}
        lost_after_s: {reader_s}
  controllers:
    kind: uhppote
    listen_host: 127.0.0.1
    listen_port: {ports[0]}
    controllers:
      gate-controller:
        name: gate controller
        place: east gate
        serial: 405419896
        host: 127.0.0.1
        port: {ports[1]}
        lost_after_s: {controller_s}
        doors: {{east-door: {{name: east door, place: east gate, number: 1, held_after_s: 600}}}}
      yard-controller:
        name: yard controller
        place: yard
        serial: 405419897
        host: 127.0.0.1
        port: {ports[2]}
        lost_after_s: {controller_s}
        doors: {{yard-door: {{name: yard door, place: yard, number: 2, held_after_s: 600}}}}
  fence-bus:
    kind: modbus
    port: ports/fence-bus
    fences:
      east-fence:
        name: east fence
        place: east wall
        unit: 1
        profile: generic-16di
        lost_after_s: {station_s}
        zones: {{"1": {{name: east 1}}, "2": {{name: east 2}}, "3": {{name: east 3}}}}
      west-fence:
        name: west fence
        place: west wall
        unit: 2
        profile: pulse-fence-4
        lost_after_s: {station_s}
        zones: {{"1": {{name: west 1}}, "2": {{name: west 2}}}}
    relay_boards:
      lane-board:
        name: lane board
        place: lane
        unit: 20
        lost_after_s: {station_s}
        outputs: {{lock: {{channel: 0}}, up: {{channel: 1}}, down: {{channel: 2}}, siren: {{channel: 3}}}}
        contacts: {{door: {{address: 0}}, loop: {{address: 1}}}}
        locks:
          side-door: {{name: side door, place: lane, output: lock, door_contact: door, held_after_s: 600}}
        barriers:
          arm: {{name: arm, place: lane, raise_output: up, lower_output: down, guards: [loop]}}
        sounders: {{siren: {{name: siren, place: lane, outputs: [siren], longest_s: 30}}}}
      yard-board:
        name: yard board
        place: yard
        unit: 21
        lost_after_s: {station_s}
        contacts: {{fire: {{address: 0}}}}
  remote-bus:
    kind: modbus
    host: 127.0.0.1
    tcp_port: {ports[3]}
    fences:
      hill-fence:
        name: hill fence
        place: hill
        unit: 1
        profile: generic-16di
        lost_after_s: {station_s}
        zones: {{"1": {{name: hill 1}}, "2": {{name: hill 2}}}}
      lake-fence:
        name: lake fence
        place: lake
        unit: 2
        profile: generic-16di
        lost_after_s: {station_s}
        zones: {{"1": {{name: lake 1}}, "2": {{name: lake 2}}}}
  probe-port:
    kind: probe-serial
    port: ports/probe
    probes: {{wall-probe: {{name: wall probe, place: wall, lost_after_s: {probe_s}}}}}
  probe-net:
    kind: probe-udp
    listen_host: 127.0.0.1
    listen_port: {ports[4]}
    probes:
      lane-probe: {{name: lane probe, place: lane, sender: 127.0.0.1, lost_after_s: {probe_s}}}
      yard-probe: {{name: yard probe, place: yard, sender: 127.0.0.2, lost_after_s: {probe_s}}}
  probe-broker:
    kind: probe-mqtt
    host: 127.0.0.1
    port: {broker}
    topics: [probes/+]
    probes:
      hill-probe: {{name: hill probe, place: hill, sender: probes/hill, lost_after_s: {probe_s}}}
      lake-probe: {{name: lake probe, place: lake, sender: probes/lake, lost_after_s: {probe_s}}}
  probe-posts:
    kind: probe-http
    listen_host: 127.0.0.1
    listen_port: {ports[5]}
    token: {{environment: DEVICE_FAULTS_TOKEN}}
    probes:
      park-probe: {{name: park probe, place: park, sender: park, lost_after_s: {probe_s}}}
      pond-probe: {{name: pond probe, place: pond, sender: pond, lost_after_s: {probe_s}}}
  patrol-east:
    kind: patrol-serial
    port: ports/patrol-east
    readers: {{east-point: {{name: east point, place: east wall, lost_after_s: {patrol_s}}}}}
  patrol-west:
    kind: patrol-serial
    port: ports/patrol-west
    readers: {{west-point: {{name: west point, place: west wall, lost_after_s: {patrol_s}}}}}
uplink:
  mqtt: {{host: 127.0.0.1, port: {broker}, tls: false}}
storage: {{directory: store}}
"""

DEADLINES_S = {
    **dict.fromkeys(("north-door", "south-door"), READER_S),
    **dict.fromkeys(("gate-controller", "yard-controller"), CONTROLLER_S),
    **dict.fromkeys(
        ("east-fence", "west-fence", "lane-board", "yard-board", "hill-fence", "lake-fence"), STATION_S
    ),
    **dict.fromkeys(
        ("wall-probe", "lane-probe", "yard-probe", "hill-probe", "lake-probe", "park-probe", "pond-probe"),
        PROBE_S,
    ),
    **dict.fromkeys(("east-point", "west-point"), PATROL_S),
}
"""After how long a silence each device that speaks for itself is lost."""

HANGING_ON = {
    "gate-controller": ("east-door",),
    "yard-controller": ("yard-door",),
    "lane-board": ("side-door", "arm", "siren"),
}
"""What is lost with a device, because it hangs on it."""

CARRIED = {
    "gate-readers": ("north-door", "south-door"),
    "fence-bus": ("east-fence", "west-fence", "lane-board", "yard-board"),
    "remote-bus": ("hill-fence", "lake-fence"),
    "probe-broker": ("hill-probe", "lake-probe"),
}
"""What a wire carries, where it is several devices that can be cut off at once."""
