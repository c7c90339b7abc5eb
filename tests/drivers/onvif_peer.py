"""A virtual ONVIF camera that is not ours: PyPI's ipycam, run by the Python of its own environment.

One argument, a JSON object: fields of ipycam's CameraConfig, `presets` {token: [name, pan, tilt, zoom]}, and
`mended`: ipycam 1.3.0 leaves the namespace of its PTZ answers undeclared, so that they are no XML; mended,
its envelope declares it. Binds every address: start it in a network of its own. Says {"what": "ready"} when
it listens and, for every line on its standard input, where it points and which logins it refused.
"""

import json
import sys

from ipycam import CameraConfig, IPCamera


def say(what, **values):
    print(json.dumps({"what": what} | values), flush=True)


def count_logins(onvif):
    """Count the requests that carry a login and are refused, and those without one."""
    refused = {"wrong": 0, "without": 0}
    verify = onvif.verify_usernametoken

    def counted(body):
        good = verify(body)
        if not good:
            refused["wrong" if "UsernameToken" in body else "without"] += 1
        return good

    onvif.verify_usernametoken = counted
    return refused


def main(how):
    presets, mended = how.pop("presets", {}), how.pop("mended", False)
    camera = IPCamera(CameraConfig(**how))
    refused = count_logins(camera.onvif)
    for token, (name, pan, tilt, zoom) in presets.items():
        camera.ptz.absolute_move(pan, tilt, zoom)
        camera.ptz.set_preset(token, name)
    camera.ptz.goto_home()
    if mended:
        declared = (
            'xmlns:ptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"'
        )
        templates = camera.onvif._templates
        templates["envelope"] = templates["envelope"].replace("<s:Envelope ", f"<s:Envelope {declared} ")
    camera.start()
    say("ready")
    for _ in sys.stdin:
        say("state", **camera.ptz.get_status(), **refused)
    camera.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
