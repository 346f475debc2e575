package main

import (
	"fmt"
	"net/http"
	"runtime"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

func (n *node) version(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, map[string]string{
		"Version": version, "Commit": agent(), "Repo": "1", "System": runtime.GOARCH + "/" + runtime.GOOS, "Golang": runtime.Version(),
	})
}

func (n *node) id(w http.ResponseWriter, _ *http.Request) error {
	key, err := crypto.MarshalPublicKey(n.host.Peerstore().PubKey(n.host.ID()))
	if err != nil {
		return err
	}
	protocols := []string{}
	for _, p := range n.host.Mux().Protocols() {
		protocols = append(protocols, string(p))
	}
	return answer(w, map[string]any{
		"ID": n.host.ID().String(), "PublicKey": crypto.ConfigEncodeKey(key), "Addresses": addresses(n.host),
		"AgentVersion": agent(), "ProtocolVersion": "ipfs/0.1.0", "Protocols": protocols,
	})
}

// addresses are the host's own addresses, each with its peer id.
func addresses(h host.Host) []string {
	all := []string{}
	for _, a := range h.Addrs() {
		all = append(all, fmt.Sprintf("%s/p2p/%s", a, h.ID()))
	}
	return all
}

func (n *node) swarmConnect(w http.ResponseWriter, r *http.Request) error {
	info, err := peer.AddrInfoFromString(r.URL.Query().Get("arg"))
	if err != nil {
		return badRequest("arg: expected a multiaddress with /p2p/: %v", err)
	}
	if err := dialPeer(r.Context(), n.host, *info); err != nil {
		return fmt.Errorf("connect %s failure: %w", info.ID, err)
	}
	return answer(w, map[string]any{"Strings": []string{"connect " + info.ID.String() + " success"}})
}

func (n *node) swarmPeers(w http.ResponseWriter, _ *http.Request) error {
	peers := []map[string]string{}
	for _, c := range n.host.Network().Conns() {
		peers = append(peers, map[string]string{"Addr": c.RemoteMultiaddr().String(), "Peer": c.RemotePeer().String()})
	}
	return answer(w, map[string]any{"Peers": peers})
}
