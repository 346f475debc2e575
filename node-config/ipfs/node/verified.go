package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// corruptBlockError says that a block's bytes on disk are not the ones its CID names.
type corruptBlockError struct{ cid cid.Cid }

func (e *corruptBlockError) Error() string {
	return fmt.Sprintf("block %s is corrupt on disk: its bytes do not match its hash", e.cid)
}

// verifiedBlocks checks every block against its hash when it is read, for clients and for peers alike.
type verifiedBlocks struct{ blockstore.Blockstore }

func (s verifiedBlocks) Get(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	b, err := s.Blockstore.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	sum, err := c.Prefix().Sum(b.RawData())
	if err != nil {
		return nil, err
	}
	if !sum.Equals(c) {
		slog.Error("corrupt block", "cid", c.String())
		return nil, &corruptBlockError{c}
	}
	return b, nil
}

// strictDAG reads several nodes one by one. The stock GetMany takes any failed read, a corrupt block
// too, for a miss and quietly fetches the block again; damage on disk has to be seen instead.
type strictDAG struct{ ipld.DAGService }

func (d strictDAG) GetMany(ctx context.Context, keys []cid.Cid) <-chan *ipld.NodeOption {
	out := make(chan *ipld.NodeOption, len(keys))
	go func() {
		defer close(out)
		for _, c := range keys {
			n, err := d.Get(ctx, c)
			out <- &ipld.NodeOption{Node: n, Err: err}
			if err != nil {
				return
			}
		}
	}()
	return out
}
