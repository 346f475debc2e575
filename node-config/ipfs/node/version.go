package main

import "runtime/debug"

// version is this node's own version. It never claims to be Kubo's: a client that
// needs a particular Kubo must be told the truth.
const version = "0.1.0"

// agent is what other peers see, for example "loan-ledger-ipfs/0.1.0 boxo/v0.43.0".
func agent() string {
	return "loan-ledger-ipfs/" + version + " boxo/" + dependency("github.com/ipfs/boxo")
}

// dependency returns the version of a module this binary was built with.
func dependency(module string) string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "unknown"
}
