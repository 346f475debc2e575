package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/boxo/ipld/merkledag"
	pin "github.com/ipfs/boxo/pinning/pinner"
	"github.com/ipfs/boxo/pinning/pinner/dspinner"
	"github.com/ipfs/go-cid"
	ds "github.com/ipfs/go-datastore"
	leveldb "github.com/ipfs/go-ds-leveldb"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/pnet"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

// node holds the parts of one running IPFS node.
type node struct {
	repo   string
	host   host.Host
	files  *blockFiles
	blocks blockstore.GCBlockstore
	// dag and service ask connected peers for what is missing here; the local ones never do.
	dag, localDAG         ipld.DAGService
	service, localService blockservice.BlockService
	pins                  pin.Pinner
	closers               []func() error
}

// openNode opens the repository and starts the swarm. ctx ends the node's background work.
func openNode(ctx context.Context, c *config) (_ *node, err error) {
	n := &node{repo: c.repo}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err = os.MkdirAll(c.repo, 0o700); err != nil {
		return nil, err
	}
	// The pin store is opened first: its lock keeps a second process off the whole repository.
	metadata, err := leveldb.NewDatastore(filepath.Join(c.repo, "pins"), nil)
	if err != nil {
		return nil, fmt.Errorf("open %s (is another node using this repository?): %w", filepath.Join(c.repo, "pins"), err)
	}
	n.closers = append(n.closers, metadata.Close)
	if n.files, err = openBlockFiles(filepath.Join(c.repo, "blocks")); err != nil {
		return nil, err
	}
	identity, err := loadIdentity(filepath.Join(c.repo, "identity.key"))
	if err != nil {
		return nil, err
	}
	if n.host, err = openSwarm(c, identity); err != nil {
		return nil, err
	}
	n.closers = append(n.closers, n.host.Close)
	return n, n.openBlocks(ctx, metadata)
}

func (n *node) openBlocks(ctx context.Context, metadata ds.Datastore) (err error) {
	// Writes go through even if a file is there, so that adding content again repairs a damaged block.
	stored := blockstore.NewBlockstore(n.files, blockstore.NoPrefix(), blockstore.WriteThrough(true))
	n.blocks = blockstore.NewGCBlockstore(blockstore.NewIdStore(verifiedBlocks{stored}), blockstore.NewGCLocker())
	exchange := bitswap.New(ctx, bsnet.NewFromIpfsHost(n.host), noRouting{}, n.blocks)
	n.closers = append(n.closers, exchange.Close)
	n.service = blockservice.New(n.blocks, exchange, blockservice.WriteThrough(true))
	n.localService = blockservice.New(n.blocks, nil, blockservice.WriteThrough(true))
	n.dag = merkledag.NewDAGService(n.service)
	n.localDAG = merkledag.NewDAGService(n.localService)
	if n.pins, err = dspinner.New(ctx, metadata, n.localDAG); err != nil {
		return fmt.Errorf("open pins: %w", err)
	}
	n.closers = append(n.closers, n.pins.Close)
	return nil
}

// Close stops the parts in the reverse order of their start.
func (n *node) Close() error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i]())
	}
	n.closers = nil
	return errors.Join(errs...)
}

// openSwarm starts a host that speaks to holders of the swarm key only: TCP alone (QUIC knows no
// pre-shared key), no relay, no discovery, no bootstrap.
func openSwarm(c *config, identity crypto.PrivKey) (host.Host, error) {
	pnet.ForcePrivateNetwork = true
	h, err := libp2p.New(
		libp2p.Identity(identity),
		libp2p.UserAgent(agent()),
		libp2p.ListenAddrStrings(c.swarmAddress),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.PrivateNetwork(c.swarmKey),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
	)
	if err != nil {
		return nil, fmt.Errorf("start swarm on %s: %w", c.swarmAddress, err)
	}
	if len(h.Network().ListenAddresses()) == 0 {
		return nil, errors.Join(fmt.Errorf("swarm cannot listen on %s", c.swarmAddress), h.Close())
	}
	return h, nil
}

// loadIdentity reads the node's Ed25519 key, and makes it at the first start.
func loadIdentity(path string) (crypto.PrivKey, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		key, err := crypto.UnmarshalPrivateKey(b)
		if err != nil {
			return nil, fmt.Errorf("identity %s: %w", path, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, err
	}
	if b, err = crypto.MarshalPrivateKey(key); err != nil {
		return nil, err
	}
	return key, writeDurably(path, b)
}

// noRouting finds no providers: in a private swarm connected peers are asked directly.
type noRouting struct{}

func (noRouting) FindProvidersAsync(context.Context, cid.Cid, int) <-chan peer.AddrInfo {
	none := make(chan peer.AddrInfo)
	close(none)
	return none
}
