package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/pnet"
)

// minTokenLength keeps short, guessable API tokens out; 32 hexadecimal digits are 128 bits.
const minTokenLength = 32

// config is everything the command line decides, checked.
type config struct {
	repo           string
	runtimeFile    string
	apiAddress     string
	swarmAddress   string
	swarmKey       pnet.PSK
	token          string
	peers          []peer.AddrInfo
	allowedHosts   []string
	allowedOrigins []string
	maxAdd         int64
	maxRequests    int
	requestTimeout time.Duration
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

// parseConfig reads and checks the command line. The error says what to change.
func parseConfig(args []string, output io.Writer) (*config, error) {
	var (
		c                    config
		keyFile, tokenFile   string
		peers, hosts, origin list
		remoteAPI            bool
	)
	f := flag.NewFlagSet("ipfs-node", flag.ContinueOnError)
	f.SetOutput(output)
	f.StringVar(&c.repo, "repo", "", "folder for identity, blocks and pins (required; made if missing)")
	f.StringVar(&keyFile, "swarm-key", "", "swarm.key file of the private swarm (required)")
	f.StringVar(&tokenFile, "api-token-file", "", "file with the API's bearer token, mode 0600 (required)")
	f.StringVar(&c.runtimeFile, "runtime-file", "", "JSON file to write the chosen addresses to, once they listen")
	f.StringVar(&c.apiAddress, "api", "127.0.0.1:5001", "address of the RPC API; port 0 takes a free one")
	f.BoolVar(&remoteAPI, "api-allow-remote", false, "allow an API address that is not loopback (put TLS in front of it)")
	f.StringVar(&c.swarmAddress, "swarm", "/ip4/127.0.0.1/tcp/4001", "multiaddress of the swarm; TCP only; port 0 takes a free one")
	f.Var(&peers, "peer", "multiaddress with /p2p/ of a peer to stay connected to (may be repeated)")
	f.Var(&hosts, "allow-host", "further Host header to accept besides loopback names (may be repeated)")
	f.Var(&origin, "allow-origin", "browser origin to accept (may be repeated; none by default)")
	f.Int64Var(&c.maxAdd, "max-add", 1<<30, "largest body of one add request, in bytes")
	f.IntVar(&c.maxRequests, "max-requests", 64, "API requests served at the same time; more are answered 503")
	f.DurationVar(&c.requestTimeout, "request-timeout", 5*time.Minute, "longest time one API request may take")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q: all settings are flags", f.Arg(0))
	}
	c.allowedHosts, c.allowedOrigins = hosts, origin
	if c.repo == "" {
		return nil, errors.New("-repo is required")
	}
	if c.maxAdd <= 0 || c.maxRequests <= 0 || c.requestTimeout <= 0 {
		return nil, errors.New("-max-add, -max-requests and -request-timeout must be above zero")
	}
	if err := checkAPIAddress(c.apiAddress, remoteAPI); err != nil {
		return nil, err
	}
	var err error
	if c.swarmKey, err = readSwarmKey(keyFile); err != nil {
		return nil, err
	}
	if c.token, err = readToken(tokenFile); err != nil {
		return nil, err
	}
	for _, p := range peers {
		info, err := peer.AddrInfoFromString(p)
		if err != nil {
			return nil, fmt.Errorf("-peer %q: %w", p, err)
		}
		c.peers = append(c.peers, *info)
	}
	return &c, nil
}

// checkAPIAddress refuses an API that others could reach, unless that was asked for.
func checkAPIAddress(address string, remote bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("-api %q: expected host:port: %w", address, err)
	}
	if ip := net.ParseIP(host); !remote && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-api %q is not a loopback IP address; use 127.0.0.1 or [::1], or add -api-allow-remote", address)
	}
	return nil
}

// readSwarmKey reads the pre-shared key. Without one the node would join the public network, so it is required.
func readSwarmKey(path string) (pnet.PSK, error) {
	if path == "" {
		return nil, errors.New("-swarm-key is required: this node runs in a private swarm only")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("swarm key: %w", err)
	}
	psk, err := pnet.DecodeV1PSK(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("swarm key %s: expected the lines /key/swarm/psk/1.0.0/, /base16/ and 64 hexadecimal digits: %w", path, err)
	}
	return psk, nil
}

// readToken reads the API's bearer token from a file that only its owner may read.
func readToken(path string) (string, error) {
	if path == "" {
		return "", errors.New("-api-token-file is required: the API is never open")
	}
	st, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("API token %s has mode %04o; others must not read it: chmod 600", path, st.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if len(token) < minTokenLength || strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("API token %s: expected one word of at least %d characters", path, minTokenLength)
	}
	return token, nil
}
