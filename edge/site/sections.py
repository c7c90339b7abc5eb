"""What every part of the site file is made of: ids, hours, secrets, and sections that know all their keys."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

IDENTIFIER = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"
HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
DATES = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
TOPIC = r"^[^#+\s]+$"
VARIABLE = r"^[A-Z_][A-Z0-9_]*$"

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Fraction = Annotated[float, Field(ge=0, le=1)]
HoursText = Annotated[str, StringConstraints(pattern=HOURS)]
Severity = Literal["info", "notice", "warning", "critical"]


class Section(BaseModel):
    """A part of the site file: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Secret(Section):
    """Where a secret is kept: never in the site file itself."""

    file: Path | None = Field(
        None, description="File that holds the secret, readable by its owner only (mode 0600)."
    )
    environment: str | None = Field(
        None, pattern=VARIABLE, description="Environment variable that holds the secret."
    )
