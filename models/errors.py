"""What models refuse, in the shape of the drivers' errors: an English sentence, its key, its values."""


class ModelError(Exception):
    """Base: says in a sentence what happened and what to do; `key` finds the same sentence in Chinese."""

    def __init__(self, key: str, sentence: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(sentence.format(**values))


class WeightsError(ModelError):
    """A weight, or the archive it comes in, is missing, cut short or not the pinned one."""


class EngineAbsent(ModelError):
    """The chosen engine's packages are not installed."""
