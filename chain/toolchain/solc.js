// The Solidity compiler as an executable: standard JSON on stdin, standard JSON on stdout.
// It loads the WebAssembly compiler that lies beside it. Flags are ignored, because the callers put every setting into the
// JSON; imports must be in the JSON as well, nothing is read from disk.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const compiler = require(path.join(__dirname, "soljson.js"));
const compile = compiler.cwrap("solidity_compile", "string", ["string", "number", "number"]);

const input = fs.readFileSync(0, "utf8");
fs.writeSync(1, compile(input, 0, 0) + "\n");
