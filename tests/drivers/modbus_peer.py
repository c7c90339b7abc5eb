"""A Modbus RTU slave that is not ours: libmodbus, through ctypes, run in a process of its own.

Arguments: port, baud rate, unit, and a JSON object of its tables, each [first address, values]: coils,
inputs, registers, input_registers. A line "TABLE ADDRESS VALUE" on standard input changes a value, which is
confirmed with "set"; it ends when standard input does. Prints "ready", then in hexadecimal every request that
it answered.
"""

import ctypes
import json
import select
import sys

TABLES = ("coils", "inputs", "registers", "input_registers")
LONGEST = 260


class Mapping(ctypes.Structure):
    _fields_ = (
        *((f"{what}_{table}", ctypes.c_int) for table in ("coils", "inputs", "input_registers", "registers")
          for what in ("nb", "start")),
        ("coils", ctypes.POINTER(ctypes.c_uint8)),
        ("inputs", ctypes.POINTER(ctypes.c_uint8)),
        ("input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("registers", ctypes.POINTER(ctypes.c_uint16)),
    )  # fmt: skip


def library():
    lib = ctypes.CDLL("libmodbus.so.5", use_errno=True)
    lib.modbus_new_rtu.restype = ctypes.c_void_p
    lib.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char, ctypes.c_int, ctypes.c_int]
    lib.modbus_mapping_new_start_address.restype = ctypes.POINTER(Mapping)
    lib.modbus_mapping_new_start_address.argtypes = [ctypes.c_uint] * 8
    for name in ("modbus_connect", "modbus_get_socket", "modbus_flush", "modbus_close", "modbus_free"):
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    lib.modbus_set_slave.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.modbus_receive.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.modbus_reply.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(Mapping)]
    return lib


def mapping_of(lib, tables):
    sizes = [n for name in TABLES for n in (tables.get(name, [0, []])[0], len(tables.get(name, [0, []])[1]))]
    mapping = lib.modbus_mapping_new_start_address(*sizes)
    for name, (_, values) in tables.items():
        for i, value in enumerate(values):
            getattr(mapping.contents, name)[i] = value
    return mapping


def serve(lib, context, mapping):
    received = ctypes.create_string_buffer(LONGEST)
    line = lib.modbus_get_socket(context)
    while True:
        ready, _, _ = select.select([sys.stdin, line], [], [])
        if sys.stdin in ready:
            words = sys.stdin.readline().split()
            if not words:
                return
            table, address, value = words[0], int(words[1]), int(words[2])
            getattr(mapping.contents, table)[address - getattr(mapping.contents, f"start_{table}")] = value
            print("set", flush=True)
        if line in ready:
            length = lib.modbus_receive(context, received)
            if length > 0:
                lib.modbus_reply(context, received, length, mapping)
                print(received.raw[:length].hex(), flush=True)


def main(port, baud, unit, tables):
    lib = library()
    context = lib.modbus_new_rtu(port.encode(), int(baud), b"N", 8, 1)
    if context is None or lib.modbus_set_slave(context, int(unit)) or lib.modbus_connect(context):
        raise OSError(ctypes.get_errno(), "libmodbus cannot open the line")
    print("ready", flush=True)
    serve(lib, context, mapping_of(lib, json.loads(tables)))
    lib.modbus_close(context)
    lib.modbus_free(context)


if __name__ == "__main__":
    main(*sys.argv[1:])
