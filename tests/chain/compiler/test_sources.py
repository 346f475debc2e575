"""Which files the compiler gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.compiler.errors import SourceMissing
from chain.compiler.sources import all_sources, imports, settings, standard_json
from chain.toolchain import layout


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import "./A.sol";', ["./A.sol"]),
        ("import {A, B as C} from '../b/A.sol';", ["../b/A.sol"]),
        ('import {\n    A,\n    B\n} from "x/A.sol"; import * as D from "d.sol";', ["x/A.sol", "d.sol"]),
        ('import "./A.sol" as A;', ["./A.sol"]),
        ('// import "./A.sol";\n/* import "./B.sol"; */ import "./C.sol";', ["./C.sol"]),
        ('string constant S = "/* no comment"; import "./A.sol"; // */', ["./A.sol"]),
        ("contract important { string s = \"import './A.sol';\"; }", []),
    ],
)
def test_imports_are_found_in_every_form_but_not_in_comments_or_strings(source: str, expected: list[str]) -> None:
    assert imports(source) == expected


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "foundry.toml").write_bytes((layout.checkout() / "foundry.toml").read_bytes())
    (tmp_path / "contracts" / "a").mkdir(parents=True)
    return tmp_path


def test_relative_and_remapped_imports_are_followed(project: Path) -> None:
    library = project / "node_modules" / "solady" / "src"
    library.mkdir(parents=True)
    (library / "L.sol").write_text('import "./M.sol";')
    (library / "M.sol").write_text("")
    (project / "contracts" / "B.sol").write_text("")
    (project / "contracts" / "a" / "A.sol").write_text('import "../B.sol"; import {L} from "solady/src/L.sol";')
    assert list(all_sources(project, settings(project))) == [
        "contracts/B.sol",
        "contracts/a/A.sol",
        "node_modules/solady/src/L.sol",
        "node_modules/solady/src/M.sol",
    ]


def test_a_missing_import_names_the_file_and_who_imports_it(project: Path) -> None:
    (project / "contracts" / "A.sol").write_text('import "./Gone.sol";')
    with pytest.raises(SourceMissing, match=r"contracts/A\.sol imports 'contracts/Gone\.sol'"):
        standard_json(project)


def test_build_folders_are_not_sources(project: Path) -> None:
    (project / "contracts" / "out").mkdir()
    (project / "contracts" / "out" / "Old.sol").write_text('import "./Gone.sol";')
    assert standard_json(project)["sources"] == {}
