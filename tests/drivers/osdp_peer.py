"""A control panel that is not ours: PyPI's osdp 1.6, run by the Python of its own environment.

Arguments: port, baud rate, address, master key in hexadecimal. Prints one JSON line for each thing it hears
or is answered, and ends when its standard input does.
"""

import json
import logging
import os
import sys
import time

from osdp import (
    ControlPanel,
    OutputControl,
    OutputControlCode,
    OutputControls,
    ReaderTextOutput,
    ReaderTextOutputCommand,
    ReplyType,
    SerialPortOsdpConnection,
    TextCommand,
)

logging.getLogger("osdp").setLevel(logging.CRITICAL)
SECURE_S = 15.0


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
    try:
        converse(port, int(baud), int(address), bytes.fromhex(master))
        sys.stdin.read()
    finally:
        # Its polling thread is no daemon and would outlive us.
        os._exit(0)


def converse(port, baud, address, master):
    panel = Panel(master_key=master)
    bus = panel.start_connection(SerialPortOsdpConnection(port, baud))
    panel.add_device(bus, address, use_crc=True, use_secure_channel=True)
    device = panel._buses[bus]._configured_devices[address]
    # With the published default key it only gives the reader a key of its own, and begins again.
    until_s = time.monotonic() + SECURE_S
    while time.monotonic() < until_s and (device.is_scbkd or not device.is_security_established):
        time.sleep(0.02)
    say("secure", established=device.is_security_established, default_key=device.is_scbkd)
    known = panel.id_report(bus, address)
    say("identity", version=known.version, model=known.model_number, serial=known.serial_number)
    say("local", tamper=panel.local_status(bus, address).tamper)
    pulse = OutputControl(0, OutputControlCode.TemporaryStateOnResumePermanentState, 10)
    words = ReaderTextOutput(0, TextCommand.TempTextWithWrap, 6, 1, 1, "TURN LEFT")
    say(
        "shown",
        confirmed=panel.send_command(bus, ReaderTextOutputCommand(address, words)).type == ReplyType.Ack,
    )
    say("opened", confirmed=panel.output_control(bus, address, OutputControls([pulse])))


if __name__ == "__main__":
    main(*sys.argv[1:])
