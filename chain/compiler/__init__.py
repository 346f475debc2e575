"""The contracts, compiled: ABIs and bytecode by name, and the manifest that is checked in.

`artifacts()` compiles only when a source has changed since the last time; `load_manifest()` needs no compiler at all.
"""

from __future__ import annotations

from chain.compiler.artifacts import Artifact, ImmutableReference, artifact, artifacts
from chain.compiler.errors import (
    CompilationFailed,
    CompilerError,
    DuplicateContract,
    ManifestStale,
    SourceMissing,
    UnknownContract,
)
from chain.compiler.manifest import MANIFEST, ContractEntry, Manifest, check_manifest, load_manifest, write_manifest

__all__ = [
    "MANIFEST",
    "Artifact",
    "CompilationFailed",
    "CompilerError",
    "ContractEntry",
    "DuplicateContract",
    "ImmutableReference",
    "Manifest",
    "ManifestStale",
    "SourceMissing",
    "UnknownContract",
    "artifact",
    "artifacts",
    "check_manifest",
    "load_manifest",
    "write_manifest",
]
