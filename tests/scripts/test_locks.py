"""The lock files: complete, with hashes, and without addresses."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"^[A-Za-z0-9_.-]+")
PINNED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


def normal(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pinned(kind: str) -> set[str]:
    return set(PINNED.findall((ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")))


def test_every_dependency_of_the_project_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = {normal(name) for name in project["dependencies"]}
    dev = {normal(name) for name in project["optional-dependencies"]["dev"]}
    assert runtime - pinned("runtime") == set(), "run scripts/lock"
    assert (runtime | dev) - pinned("dev") == set(), "run scripts/lock"


def test_the_product_is_tested_with_the_versions_it_runs_with() -> None:
    def versions(kind: str) -> set[str]:
        text = (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"^[a-z0-9-]+==\S+", text, re.MULTILINE))

    assert versions("runtime") <= versions("dev")


@pytest.mark.parametrize("kind", ["runtime", "dev", "slither"])
def test_every_pin_has_hashes_and_no_address(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text[text.index("\n", text.index("scripts/lock")) + 1 :])
    assert len(entries) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_npm_packages_are_pinned_by_hash_without_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["devDependencies"] == wanted["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted["devDependencies"].values())
