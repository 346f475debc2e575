"""The tables of docs/access.md and docs/zh/access.md, from `permissions.toml`. Pure text; a test holds the pages equal.

`python -m gateway.authorisation.page docs/access.md docs/zh/access.md` writes them anew between their marks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from chain.errors import Language
from gateway.authorisation.permissions import Permission, Table, table

BEGIN: Final = "<!-- from permissions.toml -->"
END: Final = "<!-- end -->"
_HEADS: Final[dict[Language, tuple[str, str, str]]] = {
    "en": ("| role | is here to | may |", "| permission | allows | of note |", "| permission | routes |"),
    "zh": ("| 角色 | 职责 | 权限 |", "| 权限 | 允许 | 说明 |", "| 权限 | 路由 |"),
}
_NOTES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "own_organisation": "own organisation only",
        "high_risk": "fresh second factor",
        "release": "second person above the limit",
        "sends": "sends transactions",
    },
    "zh": {
        "own_organisation": "仅限本机构",
        "high_risk": "须重新验证第二因素",
        "release": "超限须复核",
        "sends": "发送交易",
    },
}


def tables(found: Table, language: Language) -> str:
    """Roles and permissions; in English, where routes are documented, which routes each permission opens too."""
    roles_head, permissions_head, routes_head = _HEADS[language]
    everything = frozenset(found.permissions)
    roles = [
        f"| `{role.name}` | {_said(role.en, role.zh, language)} | "
        + ("`*`" if role.permissions == everything else _listed(sorted(role.permissions)))
        + " |"
        for role in found.roles.values()
    ]
    permissions = [
        f"| `{one.name}` | {_said(one.en, one.zh, language)} | {_notes(one, language)} |"
        for one in found.permissions.values()
    ]
    parts = [[roles_head, "|---|---|---|", *roles], [permissions_head, "|---|---|---|", *permissions]]
    if language == "en":
        parts.append([routes_head, "|---|---|", *_routes(found)])
    return "\n\n".join("\n".join(part) for part in parts)


def renewed(page: str, language: Language) -> str:
    """The page with its tables as they should be. ValueError if it has no marks for them."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page lacks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{tables(table(), language)}\n{END}{after}"


def _routes(found: Table) -> list[str]:
    by_permission: dict[str, list[str]] = {"public": []}
    for rule in found.rules.values():
        names = [permission.name for permission in rule.permissions] or ["public"]
        by_permission.setdefault(" or ".join(f"`{name}`" for name in names), []).append(f"{rule.method} {rule.path}")
    return [
        f"| {name.replace('`public`', 'anybody')} | {_listed(routes)} |"
        for name, routes in by_permission.items()
        if routes
    ]


def _said(en: str, zh: str, language: Language) -> str:
    return zh if language == "zh" else en


def _notes(permission: Permission, language: Language) -> str:
    texts = _NOTES[language]
    return ("、" if language == "zh" else ", ").join(text for name, text in texts.items() if getattr(permission, name))


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(paths: list[str]) -> None:
    """Writes the tables of each page anew."""
    for path in map(Path, paths):
        language: Language = "zh" if path.parent.name == "zh" else "en"
        path.write_text(renewed(path.read_text("utf-8"), language), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
