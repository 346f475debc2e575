"""A finding: what is wrong, what was expected, how to mend it; the texts stand in findings.toml.

An error keeps a production gateway from starting; a warning does not. In mode dev only what hinders work is an error.
Pure but for reading its own texts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from chain.errors import Language

_DEVELOPMENT: Final = frozenset({"settings.development_engine", "node.simulated", "keys.cheap", "sign_in.plain"})
_CARE: Final = frozenset({"files", "secrets", "listener", "settings"})
PARTS: Final = ("what", "expected", "mend")
Part = Literal["what", "expected", "mend"]


class Severity(StrEnum):
    """ERROR: a production gateway does not start."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. code: as in findings.toml; params: the values in its texts. lowered: only a warning."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    lowered: bool = False

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return Severity.WARNING if self.lowered else Severity(catalogue()[self.code]["severity"])

    def text(self, part: Part, language: Language = "en") -> str:
        """One of its texts."""
        return catalogue()[self.code][f"{part}_{language}"].format(**self.params)

    def as_data(self) -> dict[str, object]:
        """For `--json`: everything, in both languages."""
        texts = {
            part if language == "en" else f"{part}_zh": self.text(part, language)
            for part in PARTS
            for language in ("en", "zh")
        }
        return {"code": self.code, "severity": str(self.severity), **texts, "params": dict(self.params)}


def found(code: str, **params: object) -> Finding:
    """A finding with its values as text."""
    return Finding(code, {name: str(value) for name, value in params.items()})


def seen_in(mode: Literal["dev", "production"], findings: Iterable[Finding]) -> list[Finding]:
    """The findings as they count in a mode, errors first: in dev what belongs to development is none."""
    counted = list(findings)
    if mode == "dev":
        counted = [
            replace(finding, lowered=finding.code.partition(".")[0] in _CARE or finding.code == "keys.example")
            for finding in counted
            if finding.code not in _DEVELOPMENT
        ]
    return sorted(counted, key=lambda finding: finding.severity is not Severity.ERROR)


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that keep a production gateway from starting."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All kinds of findings: severity and texts by code."""
    text = files("gateway.check").joinpath("findings.toml").read_text("utf-8")
    return {f"{group}.{name}": values for group, kinds in tomllib.loads(text).items() for name, values in kinds.items()}
