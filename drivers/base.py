"""What every driver shares: the four families of error and the values that devices say.

Each error carries an English sentence that says what happened and what to do, and a `key` under which
the product's catalogue holds the same sentence in Chinese; `values` fill its placeholders.
"""

from typing import ClassVar


class DeviceError(Exception):
    """Base of the four families; never raised itself."""

    family: ClassVar[str] = "error"

    def __init__(self, key: str, sentence: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(sentence.format(**values))


class Transient(DeviceError):
    """It may work again by itself: retry with backoff."""

    family = "transient"


class Denied(DeviceError):
    """A human must mend a credential: do not hammer."""

    family = "denied"


class Malformed(DeviceError):
    """The other end said something that breaks its protocol: count it, drop it, go on."""

    family = "malformed"


class Misconfigured(DeviceError):
    """This device cannot work as configured: it stays out, the rest runs."""

    family = "misconfigured"
