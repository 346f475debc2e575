package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ipfs/boxo/ipld/merkledag"
	pin "github.com/ipfs/boxo/pinning/pinner"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// pinAdd fetches all blocks below a CID, from connected peers if need be, and keeps them.
func (n *node) pinAdd(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	recursive, err := boolArg(q, "recursive", true)
	if err != nil {
		return err
	}
	mode := pin.Direct
	if recursive {
		mode = pin.Recursive
	}
	pinned := []string{}
	for _, arg := range q["arg"] {
		c, err := parseCID(arg)
		if err != nil {
			return err
		}
		if err := n.fetchAndPin(r.Context(), c, mode); err != nil {
			return fmt.Errorf("pin %w", explain(c, err))
		}
		pinned = append(pinned, c.String())
	}
	if len(pinned) == 0 {
		return badRequest("arg is required: the CID to pin")
	}
	return answer(w, map[string]any{"Pins": pinned})
}

// fetchAndPin fetches first without the lock, because peers may be slow and a waiting garbage collector
// would hold up everyone else; then, safe from the collector, it makes sure that all is still here.
func (n *node) fetchAndPin(ctx context.Context, c cid.Cid, mode pin.Mode) error {
	if err := n.fetch(ctx, c, mode); err != nil {
		return err
	}
	lock := n.blocks.PinLock(ctx)
	defer lock.Unlock(ctx)
	if err := n.fetch(ctx, c, mode); err != nil {
		return err
	}
	return n.pinFetched(ctx, c, mode)
}

func (n *node) fetch(ctx context.Context, c cid.Cid, mode pin.Mode) error {
	if mode == pin.Recursive {
		return merkledag.FetchGraph(ctx, c, n.dag)
	}
	_, err := n.dag.Get(ctx, c)
	return err
}

// pinFetched records a pin for blocks that are here. A pin that stands is left alone: the pinner would
// take it away for a moment and, should the process die then, lose it.
func (n *node) pinFetched(ctx context.Context, c cid.Cid, mode pin.Mode) error {
	_, already, err := n.pins.IsPinnedWithType(ctx, c, mode)
	if err != nil || already {
		return err
	}
	if err := n.pins.PinWithMode(ctx, c, mode, ""); err != nil {
		return err
	}
	return n.pins.Flush(ctx)
}

func (n *node) pinRemove(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	removed := []string{}
	for _, arg := range q["arg"] {
		c, err := parseCID(arg)
		if err != nil {
			return err
		}
		if err := n.pins.Unpin(r.Context(), c, true); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		if err := n.pins.Flush(r.Context()); err != nil {
			return err
		}
		removed = append(removed, c.String())
	}
	if len(removed) == 0 {
		return badRequest("arg is required: the CID to unpin")
	}
	return answer(w, map[string]any{"Pins": removed})
}

// pinList says how the given CIDs are pinned, or lists all pins of a type.
func (n *node) pinList(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	kind := q.Get("type")
	if kind == "" {
		kind = "all"
	}
	mode, ok := pin.StringToMode(kind)
	if !ok || mode == pin.Internal || mode == pin.NotPinned {
		return badRequest("type %q: expected all, direct, indirect or recursive", kind)
	}
	keys := map[string]map[string]string{}
	if len(q["arg"]) == 0 {
		if err := n.listPins(r.Context(), mode, keys); err != nil {
			return err
		}
		return answer(w, map[string]any{"Keys": keys})
	}
	for _, arg := range q["arg"] {
		c, err := parseCID(arg)
		if err != nil {
			return err
		}
		how, pinned, err := n.pins.IsPinnedWithType(r.Context(), c, mode)
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		if !pinned {
			return fmt.Errorf("path '%s' is not pinned", arg)
		}
		if how != "recursive" && how != "direct" && how != "indirect" {
			how = "indirect through " + how
		}
		keys[c.String()] = map[string]string{"Type": how}
	}
	return answer(w, map[string]any{"Keys": keys})
}

func (n *node) listPins(ctx context.Context, mode pin.Mode, keys map[string]map[string]string) error {
	roots, err := collect(n.pins.RecursiveKeys(ctx, false))
	if err != nil {
		return err
	}
	if mode == pin.Indirect || mode == pin.Any {
		links := func(ctx context.Context, c cid.Cid) ([]*ipld.Link, error) { return ipld.GetLinks(ctx, n.localDAG, c) }
		seen := func(c cid.Cid) bool {
			_, known := keys[c.String()]
			keys[c.String()] = map[string]string{"Type": "indirect"}
			return !known
		}
		for _, c := range roots {
			if err := merkledag.Walk(ctx, links, c, seen, merkledag.SkipRoot()); err != nil {
				return fmt.Errorf("%s: %w", c, err)
			}
		}
	}
	if mode == pin.Direct || mode == pin.Any {
		direct, err := collect(n.pins.DirectKeys(ctx, false))
		if err != nil {
			return err
		}
		for _, c := range direct {
			keys[c.String()] = map[string]string{"Type": "direct"}
		}
	}
	if mode == pin.Recursive || mode == pin.Any {
		for _, c := range roots {
			keys[c.String()] = map[string]string{"Type": "recursive"}
		}
	}
	return nil
}

func collect(pins <-chan pin.StreamedPin) ([]cid.Cid, error) {
	var all []cid.Cid
	var failed error
	for p := range pins {
		if p.Err != nil {
			failed = p.Err
			continue
		}
		all = append(all, p.Pin.Key)
	}
	return all, failed
}
