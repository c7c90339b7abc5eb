"""Every string that a guard, resident or installer sees, in Chinese and in English.

`zh-CN/TOPIC.toml` and `en/TOPIC.toml` hold one table of `name = "sentence with {placeholders}"` each; the
key of a sentence is `TOPIC.name`, and both languages hold the same keys. Errors of drivers and models also
bring an English sentence of their own along, for whoever uses these without `edge`.
"""

import functools
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Literal, cast

Language = Literal["zh-CN", "en"]


@functools.cache
def sentences(language: Language) -> Mapping[str, str]:
    """Return every sentence of one language by key."""
    folder = resources.files(__name__) / language
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        topic = file.name.removesuffix(".toml")
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        found.update({f"{topic}.{name}": sentence for name, sentence in table.items()})
    return found


def text(key: str, language: Language, **values: object) -> str:
    """Return the sentence under `key` with its placeholders filled. KeyError: no such sentence."""
    return sentences(language)[key].format(**values)


def explain(error: BaseException, language: Language) -> str:
    """Return what an error says in `language`: its catalogue sentence if it has a key, else its own.

    An error that carries several sentences has a method `render(language)` of its own.
    """
    render = getattr(error, "render", None)
    if callable(render):
        return str(render(language))
    key = getattr(error, "key", None)
    if isinstance(key, str) and key in sentences(language):
        return text(key, language, **cast("Mapping[str, object]", getattr(error, "values", {})))
    return str(error)


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the terminal's language: MENWEI_LANGUAGE, else the locale, else Chinese."""
    for name in ("MENWEI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value.startswith("zh"):
            return "zh-CN"
        if value.startswith("en"):
            return "en"
    return "zh-CN"
