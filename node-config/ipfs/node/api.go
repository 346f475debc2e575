package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// apiError is an error with the HTTP status it is answered with.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return e.message }

func badRequest(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// handler answers one API call; a returned error becomes the answer.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes is the part of Kubo's RPC API that this node speaks. Whatever else is asked for is answered 404.
func (n *node) routes() http.Handler {
	mux := http.NewServeMux()
	for path, h := range map[string]handler{
		"add":           n.add,
		"block/get":     n.blockGet,
		"block/stat":    n.blockStat,
		"cat":           n.cat,
		"id":            n.id,
		"pin/add":       n.pinAdd,
		"pin/ls":        n.pinList,
		"pin/rm":        n.pinRemove,
		"repo/gc":       n.repoGC,
		"repo/stat":     n.repoStat,
		"swarm/connect": n.swarmConnect,
		"swarm/peers":   n.swarmPeers,
		"version":       n.version,
	} {
		mux.HandleFunc("/api/v0/"+path, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				fail(w, r, err)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, &apiError{http.StatusNotFound, r.URL.Path + " is not part of this node's API"})
	})
	return mux
}

// fail answers with Kubo's error object. Bad calls are 4xx, what went wrong in here is 500.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	status, message := http.StatusInternalServerError, err.Error()
	var known *apiError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		status = known.status
	case errors.As(err, &tooBig):
		status, message = http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", tooBig.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		message = "out of time: " + message
	}
	slog.Warn("refused", "path", r.URL.Path, "status", status, "reason", message)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	send(w, map[string]any{"Message": message, "Code": 0, "Type": "error"})
}

func answer(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	send(w, v)
	return nil
}

// send writes one JSON line. A client that went away is only logged: there is nobody left to tell.
func send(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		slog.Info("client went away", "reason", err)
	}
}

// cidArg reads the CID in ?arg=; paths below a CID are not supported.
func cidArg(q url.Values) (cid.Cid, error) { return parseCID(q.Get("arg")) }

func parseCID(s string) (cid.Cid, error) {
	c, err := cid.Decode(strings.TrimPrefix(s, "/ipfs/"))
	if err != nil {
		return cid.Undef, badRequest("%q is not a CID: %v", s, err)
	}
	return c, nil
}

func boolArg(q url.Values, name string, otherwise bool) (bool, error) {
	s := q.Get(name)
	if s == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, badRequest("%s=%q: expected true or false", name, s)
	}
	return v, nil
}

// explain puts the CID that was asked for before an error of the block layer.
func explain(c cid.Cid, err error) error {
	if ipld.IsNotFound(err) {
		return fmt.Errorf("%s: not here, and offline: %w", c, err)
	}
	return fmt.Errorf("%s: %w", c, err)
}
