package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

const (
	peeringInterval = 2 * time.Second
	dialTimeout     = 5 * time.Second
)

// keepConnected dials the given peers again whenever they are gone, until ctx ends. The interval is
// fixed and short: the swarm is small, and a peer that comes back must be found at once.
func keepConnected(ctx context.Context, h host.Host, peers []peer.AddrInfo) {
	for _, p := range peers {
		h.ConnManager().Protect(p.ID, "peering")
		go keepPeer(ctx, h, p)
	}
}

func keepPeer(ctx context.Context, h host.Host, p peer.AddrInfo) {
	tick := time.NewTicker(peeringInterval)
	defer tick.Stop()
	reported := ""
	for {
		if h.Network().Connectedness(p.ID) != network.Connected {
			state := "connected"
			if err := dialPeer(ctx, h, p); err != nil {
				state = err.Error()
			}
			if state != reported && ctx.Err() == nil {
				slog.Info("peer", "id", p.ID.String(), "state", state)
				reported = state
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// dialPeer connects to p now. libp2p's own back-off after failed dials is cleared, because the
// operator asked for this very peer.
func dialPeer(ctx context.Context, h host.Host, p peer.AddrInfo) error {
	if s, ok := h.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(p.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return h.Connect(ctx, p)
}
