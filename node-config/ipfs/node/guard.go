package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxSmallBody = 64 << 10

// guard stands before every API call. It refuses, in this order: browsers and foreign hosts (403; DNS
// rebinding and cross-site requests), anything but POST (405), a missing or wrong bearer token (401),
// too much at the same time (503). Then it limits the request's time and body.
type guard struct {
	token   [sha256.Size]byte
	hosts   []string
	origins []string
	maxAdd  int64
	timeout time.Duration
	slots   chan struct{}
	next    http.Handler
}

func newGuard(c *config, next http.Handler) *guard {
	return &guard{
		token: sha256.Sum256([]byte(c.token)), hosts: c.allowedHosts, origins: c.allowedOrigins,
		maxAdd: c.maxAdd, timeout: c.requestTimeout, slots: make(chan struct{}, c.maxRequests), next: next,
	}
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if reason := g.foreign(r); reason != "" {
		fail(w, r, &apiError{http.StatusForbidden, reason})
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		fail(w, r, &apiError{http.StatusMethodNotAllowed, "use POST"})
		return
	}
	if !g.authorised(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ipfs-node"`)
		fail(w, r, &apiError{http.StatusUnauthorized, "expected the header Authorization: Bearer with this node's API token"})
		return
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	default:
		w.Header().Set("Retry-After", "1")
		fail(w, r, &apiError{http.StatusServiceUnavailable, "too many requests at the same time; try again"})
		return
	}
	g.limit(w, r)
}

// limit bounds the request's time (its own ?timeout= may shorten it) and its body.
func (g *guard) limit(w http.ResponseWriter, r *http.Request) {
	timeout := g.timeout
	if asked := r.URL.Query().Get("timeout"); asked != "" {
		d, err := time.ParseDuration(asked)
		if err != nil || d <= 0 {
			fail(w, r, badRequest("timeout %q: expected a duration such as 30s", asked))
			return
		}
		timeout = min(timeout, d)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	// Reading and writing get a little longer, so that running out of time is still answered in words.
	deadline := time.Now().Add(timeout + 5*time.Second)
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(deadline); err != nil {
		fail(w, r, err)
		return
	}
	if err := rc.SetWriteDeadline(deadline); err != nil {
		fail(w, r, err)
		return
	}
	size := int64(maxSmallBody)
	if r.URL.Path == "/api/v0/add" {
		size = g.maxAdd
	}
	r = r.WithContext(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, size)
	g.next.ServeHTTP(w, r)
}

// foreign says why a request is not from a local program, or nothing if it is. The rules are Kubo's: a
// known Host, no unknown Origin or Referer, no browser that hides both.
func (g *guard) foreign(r *http.Request) string {
	if !g.knownHost(r.Host) {
		return "host " + r.Host + " is not one of this node's names"
	}
	origin, referer := r.Header.Get("Origin"), r.Header.Get("Referer")
	if origin != "" && !slices.Contains(g.origins, origin) {
		return "origin " + origin + " is not allowed"
	}
	if origin == "" && referer != "" {
		u, err := url.Parse(referer)
		if err != nil || !slices.Contains(g.origins, u.Scheme+"://"+u.Host) {
			return "referer is not allowed"
		}
	}
	if origin == "" && referer == "" && strings.HasPrefix(r.UserAgent(), "Mozilla") {
		return "browsers must send an Origin or a Referer"
	}
	return ""
}

func (g *guard) knownHost(host string) bool {
	if slices.Contains(g.hosts, host) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if slices.Contains(g.hosts, name) || name == "localhost" {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// authorised compares digests in constant time, so that neither length nor content of the token leaks.
func (g *guard) authorised(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}
