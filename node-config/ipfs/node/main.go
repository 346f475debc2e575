// Command ipfs-node is a small IPFS node for a private swarm: blocks, pins, bitswap and the part of
// Kubo's RPC API that the ledger's document store uses. README.md, one folder up, tells the rest.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// shutdownTime is what requests in progress get to finish after SIGTERM.
const shutdownTime = 8 * time.Second

func main() {
	c, err := parseConfig(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ipfs-node:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "ipfs-node:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then lets requests finish, and closes the repository.
func run(ctx context.Context, c *config) (err error) {
	// Whoever waits for the runtime file must not find the one of an earlier run.
	if c.runtimeFile != "" {
		if err := os.Remove(c.runtimeFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// The node outlives the signal by the time its requests need.
	work, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, err := openNode(work, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	listener, err := net.Listen("tcp", c.apiAddress)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           newGuard(c, n.routes()),
		BaseContext:       func(net.Listener) context.Context { return work },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	keepConnected(work, n.host, c.peers)
	if err := writeRuntimeFile(c, n, listener.Addr().String()); err != nil {
		return errors.Join(err, server.Close())
	}
	slog.Info("ready", "peer", n.host.ID().String(), "api", listener.Addr().String(), "swarm", addresses(n.host))
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	deadline, done := context.WithTimeout(context.Background(), shutdownTime)
	defer done()
	if err := server.Shutdown(deadline); err != nil {
		slog.Warn("requests broken off", "reason", err)
		cancel()
		return server.Close()
	}
	return nil
}

// writeRuntimeFile tells the starter which addresses were chosen. It is written when both listen.
func writeRuntimeFile(c *config, n *node, api string) error {
	if c.runtimeFile == "" {
		return nil
	}
	b, err := json.Marshal(map[string]any{
		"api": api, "swarm": addresses(n.host), "peer_id": n.host.ID().String(), "pid": os.Getpid(),
	})
	if err != nil {
		return err
	}
	return writeDurably(c.runtimeFile, append(b, '\n'))
}
