"""Writes the generated files: the OpenAPI document as committed, the Python client's models and methods, error codes.

Everything follows from the routes' code, so the same code gives the same files; `stale` names those that don't match.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from chain.toolchain import layout
from chain.toolchain.components import npm_environment, tool_path
from gateway.clients import methods, schemas

HERE: Final = Path(__file__).parent
DOCUMENT: Final = HERE.parent / "openapi" / "openapi.json"
TYPESCRIPT: Final = HERE / "typescript" / "src"
PYTHON: Final = HERE / "python" / "loan_ledger_client"
_MADE: Final = "Made by `loan-ledger api write`; edit the routes instead."


@cache
def current() -> Mapping[str, Any]:
    """The document that the routes' code gives now."""
    from gateway.app import routes_only  # noqa: PLC0415 - the whole application; only who asks shall wait
    from gateway.openapi.document import document  # noqa: PLC0415

    return document(routes_only())


def committed() -> Mapping[str, Any]:
    """The document as it was written last."""
    found: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


def files() -> dict[Path, str]:
    """Every generated file with its content."""
    document = current()
    made = {DOCUMENT: json.dumps(document, indent=1, ensure_ascii=False) + "\n"}
    sources = {
        PYTHON / "models.py": _models(document),
        PYTHON / "codes.py": _codes(document),
        PYTHON / "calls.py": _calls(document),
        PYTHON / "operations.py": _operations(document, asynchronous=False),
        PYTHON / "async_operations.py": _operations(document, asynchronous=True),
    }
    # Needs the standard library only, so that receivers may have it without a gateway.
    made[PYTHON / "webhooks.py"] = (HERE.parent / "webhooks" / "verification.py").read_text(encoding="utf-8")
    made[TYPESCRIPT / "schema.ts"] = _types(made[DOCUMENT])
    return made | {path: _formatted(source) for path, source in sources.items()}


def write() -> list[Path]:
    """Writes them; gives those that changed."""
    changed = []
    for path, content in files().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            changed.append(path)
    return changed


def stale() -> list[Path]:
    """Generated files that are not what the routes' code gives."""
    made = files().items()
    return [path for path, content in made if not path.is_file() or path.read_text(encoding="utf-8") != content]


def _models(document: Mapping[str, Any]) -> str:
    known = {name: found for name, found in document["components"]["schemas"].items() if not name.startswith("Body_")}
    known = {name: found for name, found in known.items() if name not in ("HTTPValidationError", "ValidationError")}
    answers = {
        name
        for operations in document["paths"].values()
        for operation in operations.values()
        for name in schemas.references(operation["responses"])
    }
    answered = schemas.closure(known, {name for name in answers if name in known} | {"Problem"})
    head = f'''
"""The API's objects, typed. {_MADE}"""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loan_ledger_client.money import Amount, Number


class Request(BaseModel):
    """What is sent: fields that the API does not know are refused here already."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True, protected_namespaces=())


class Answer(BaseModel):
    """What is answered, and may be sent back: fields that are new to this client are kept."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True, protected_namespaces=())
'''
    return "\n\n".join([head.strip() + "\n", *schemas.models(known, answered)])


def _codes(document: Mapping[str, Any]) -> str:
    lines = [
        f'"""Every error code that the API may answer, with its meaning. {_MADE}"""',
        "",
        "from typing import Final",
        "",
    ]
    for code, example in document["components"]["examples"].items():
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", code.replace(".", "_")).upper()
        text = str(example["summary"]).replace("\\", "\\\\").replace('"', '\\"')
        lines += [f'{name}: Final = "{code}"', f'"""{text}"""' if not text.endswith('"') else f'"""{text} """']
    return "\n".join(lines) + "\n"


def _calls(document: Mapping[str, Any]) -> str:
    head = f'''
"""Every operation of the API as a call that either client sends. {_MADE}"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal

from loan_ledger_client import models, wire
from loan_ledger_client.money import Amount, Number
from loan_ledger_client.wire import Upload
'''
    found = [methods.call_source(method) for method in methods.methods(_prepared(document))]
    return "\n\n".join([head.strip() + "\n", *found])


def _operations(document: Mapping[str, Any], *, asynchronous: bool) -> str:
    word, kind = ("async ", "AsyncOperations") if asynchronous else ("", "Operations")
    head = f'''
"""Every operation of the API as a method. {_MADE}"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import {"AsyncIterator" if asynchronous else "Iterator"}, Mapping
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal, TypeVar

from loan_ledger_client import calls, models, wire
from loan_ledger_client.money import Amount, Number
from loan_ledger_client.wire import Upload

T = TypeVar("T")


class {kind}(ABC):
    """The operations, sent by `send`."""

    @abstractmethod
    {word}def send(self, call: wire.Call[T]) -> T:
        """Sends a call and reads its answer."""
'''
    found = [
        methods.client_source(method, asynchronous=asynchronous) for method in methods.methods(_prepared(document))
    ]
    return "\n".join([head.strip() + "\n", *found])


def _prepared(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with the forms' schemas beside their references."""
    known = document["components"]["schemas"]
    copy: dict[str, Any] = json.loads(json.dumps({"paths": document["paths"]}))
    for operations in copy["paths"].values():
        for operation in operations.values():
            for media_type, found in operation.get("requestBody", {}).get("content", {}).items():
                if media_type.startswith(("multipart/", "application/x-www-form")):
                    schema = found["schema"]
                    found["resolved"] = known[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return {**document, "paths": copy["paths"]}


def _types(document: str) -> str:
    """The document as TypeScript's types. What has a default need not be given."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(document)
        file.flush()
        script = layout.checkout() / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
        done = subprocess.run(  # noqa: S603
            [tool_path("node"), script, file.name, "--default-non-nullable=false"],
            capture_output=True, text=True, check=True, env=npm_environment(),
        )  # fmt: skip
    return f"/** {_MADE} */\n" + done.stdout


def _formatted(source: str) -> str:
    """The source as ruff leaves it: imports that aren't used go, lines are broken."""
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", str(layout.checkout() / "pyproject.toml"), "--stdin-filename", str(PYTHON / "made.py")]
    fixed = subprocess.run(  # noqa: S603
        [*ruff, "check", "--fix-only", "--quiet", "--select", "F401,I", *settings, "-"],
        input=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    done = subprocess.run(  # noqa: S603
        [*ruff, "format", "--quiet", *settings, "-"], input=fixed.stdout, capture_output=True, text=True, check=True
    )
    return done.stdout
