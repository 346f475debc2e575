"""Errors of the reference model: what a ledger refuses, named as the contracts name it."""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class Refused(Exception):
    """A command that the ledger refuses. `name` is the contract's error name; `values` what it carries, by name."""

    code: ClassVar[str] = "model.refused"
    status: ClassVar[int] = 409
    exit_code: ClassVar[int] = 1
    en: ClassVar[str] = "The ledger refuses this step: {name} {values}."
    zh: ClassVar[str] = "账本拒绝此步骤：{name} {values}。"

    def __init__(self, name: str, **values: object) -> None:
        self.name = name
        self.values = values
        self.params = {"name": name, "values": values}
        super().__init__(self.message("en"))

    def message(self, language: Language = "en") -> str:
        """The text in `language`, with the values filled in."""
        shown = ", ".join(f"{key} {value}" for key, value in self.values.items())
        return (self.en if language == "en" else self.zh).format(name=self.name, values=f"({shown})")

    def __reduce__(self) -> tuple[object, tuple[str, dict[str, object]]]:
        return (_rebuild, (self.name, self.values))


def _rebuild(name: str, values: dict[str, object]) -> Refused:
    return Refused(name, **values)


def require(condition: bool, name: str, **values: object) -> None:
    """Raises Refused(name, **values) unless `condition` holds."""
    if not condition:
        raise Refused(name, **values)
