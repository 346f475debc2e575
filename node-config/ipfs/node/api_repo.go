package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// repoGC deletes every block that no pin needs, from the disk. If a pinned block cannot be read it
// deletes nothing at all, because what hangs below it is not known.
func (n *node) repoGC(w http.ResponseWriter, r *http.Request) error {
	quiet, err := boolArg(r.URL.Query(), "quiet", false)
	if err != nil {
		return err
	}
	ctx := r.Context()
	lock := n.blocks.GCLock(ctx)
	defer lock.Unlock(ctx)
	keep, err := n.pinnedBlocks(ctx)
	if err != nil {
		return fmt.Errorf("nothing deleted: %w", err)
	}
	all, err := n.blocks.AllKeysChan(ctx)
	if err != nil {
		return err
	}
	var deleted []cid.Cid
	for c := range all {
		if keep.Has(byHash(c)) {
			continue
		}
		if err := n.blocks.DeleteBlock(ctx, c); err != nil {
			return fmt.Errorf("delete %s, after %d others: %w", c, len(deleted), err)
		}
		deleted = append(deleted, c)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("broken off after %d deletions: %w", len(deleted), err)
	}
	w.Header().Set("Content-Type", "application/json")
	for _, c := range deleted {
		if !quiet {
			send(w, map[string]any{"Key": map[string]string{"/": c.String()}})
		}
	}
	return nil
}

// pinnedBlocks collects all blocks that pins hold, by hash.
func (n *node) pinnedBlocks(ctx context.Context) (*cid.Set, error) {
	keep := cid.NewSet()
	links := func(ctx context.Context, c cid.Cid) ([]*ipld.Link, error) { return ipld.GetLinks(ctx, n.localDAG, c) }
	visit := func(c cid.Cid) bool { return keep.Visit(byHash(c)) }
	roots, err := collect(n.pins.RecursiveKeys(ctx, false))
	if err != nil {
		return nil, err
	}
	for _, c := range roots {
		if err := merkledag.Walk(ctx, links, c, visit); err != nil {
			return nil, fmt.Errorf("pinned %s: %w", c, err)
		}
	}
	direct, err := collect(n.pins.DirectKeys(ctx, false))
	for _, c := range direct {
		visit(c)
	}
	return keep, err
}

// byHash names a block by its hash alone, as the block files do.
func byHash(c cid.Cid) cid.Cid { return cid.NewCidV1(cid.Raw, c.Hash()) }

func (n *node) repoStat(w http.ResponseWriter, _ *http.Request) error {
	blocks, size, err := n.files.usage()
	if err != nil {
		return err
	}
	return answer(w, map[string]any{
		"NumObjects": blocks, "RepoSize": size, "RepoPath": n.repo, "Version": "loan-ledger-repo@1", "StorageMax": 0,
	})
}
