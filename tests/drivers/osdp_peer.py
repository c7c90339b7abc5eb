"""A control panel that is not ours: PyPI's osdp 1.6, run by the Python of its own environment.

Arguments: port, baud rate, address, master key in hexadecimal. Prints one JSON line for each thing it hears
or is answered, and ends when its standard input does.
"""

import json
import logging
import os
import sys
import time

from osdp import ControlPanel, OutputControl, OutputControlCode, OutputControls, SerialPortOsdpConnection

logging.getLogger("osdp").setLevel(logging.CRITICAL)


def say(what, **values):
    print(json.dumps({"what": what} | values), flush=True)


class Panel(ControlPanel):
    def on_raw_card_data_reply_received(self, address, raw_card_data):
        say("card", bits=raw_card_data.bit_count, data=raw_card_data.data.hex())

    def on_keypad_data_reply_received(self, address, keypad_data):
        say("keys", keys=bytes(keypad_data.data).hex())

    def on_input_status_report_reply_received(self, address, input_status):
        say("inputs", inputs=[bool(i) for i in input_status.statuses])


def main(port, baud, address, master):
    panel = Panel(master_key=bytes.fromhex(master))
    bus = panel.start_connection(SerialPortOsdpConnection(port, int(baud)))
    panel.add_device(bus, int(address), use_crc=True, use_secure_channel=True)
    device = panel._buses[bus]._configured_devices[int(address)]
    for _ in range(200):
        if device.is_security_established:
            break
        time.sleep(0.05)
    say("secure", established=device.is_security_established)
    known = panel.id_report(bus, int(address))
    say("identity", version=known.version, model=known.model_number, serial=known.serial_number)
    say("local", tamper=panel.local_status(bus, int(address)).tamper)
    pulse = OutputControl(0, OutputControlCode.TemporaryStateOnResumePermanentState, 10)
    say("opened", confirmed=panel.output_control(bus, int(address), OutputControls([pulse])))
    sys.stdin.read()
    # Its polling thread is no daemon and reads with a time-out of seconds.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
