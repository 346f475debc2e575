package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	pin "github.com/ipfs/boxo/pinning/pinner"
	"github.com/ipfs/go-cid"
	ds "github.com/ipfs/go-datastore"
	ipld "github.com/ipfs/go-ipld-format"
)

const (
	defaultChunk = 256 << 10
	maxChunk     = 1 << 20
)

// addOptions are the options of one add request, with Kubo's defaults.
type addOptions struct {
	prefix    cid.Prefix
	rawLeaves bool
	chunk     int64
	pin       bool
	onlyHash  bool
}

func parseAddOptions(q url.Values) (o addOptions, err error) {
	// An option that would change the CID must never be ignored.
	for _, name := range []string{"wrap-with-directory", "nocopy", "fscache", "trickle", "inline", "preserve-mode", "preserve-mtime"} {
		if on, err := boolArg(q, name, false); err != nil {
			return o, err
		} else if on {
			return o, badRequest("%s is not supported", name)
		}
	}
	if h := q.Get("hash"); h != "" && h != "sha2-256" {
		return o, badRequest("hash %q is not supported; use sha2-256", h)
	}
	v := 0
	if s := q.Get("cid-version"); s != "" {
		if v, err = strconv.Atoi(s); err != nil {
			return o, badRequest("cid-version %q: expected 0 or 1", s)
		}
	}
	if o.prefix, err = merkledag.PrefixForCidVersion(v); err != nil {
		return o, badRequest("cid-version %d: expected 0 or 1", v)
	}
	if o.rawLeaves, err = boolArg(q, "raw-leaves", v == 1); err != nil {
		return o, err
	}
	if o.pin, err = boolArg(q, "pin", true); err != nil {
		return o, err
	}
	if o.onlyHash, err = boolArg(q, "only-hash", false); err != nil {
		return o, err
	}
	o.chunk = defaultChunk
	if s := q.Get("chunker"); s != "" {
		size, ok := strings.CutPrefix(s, "size-")
		if o.chunk, err = strconv.ParseInt(size, 10, 64); !ok || err != nil || o.chunk < 1 || o.chunk > maxChunk {
			return o, badRequest("chunker %q: expected size-1 to size-%d", s, maxChunk)
		}
	}
	return o, nil
}

// add stores the files of a multipart body and pins them. All results are sent at the end, so that an
// error is never hidden behind an answer already begun.
func (n *node) add(w http.ResponseWriter, r *http.Request) error {
	o, err := parseAddOptions(r.URL.Query())
	if err != nil {
		return err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return badRequest("expected a multipart/form-data body: %v", err)
	}
	var results []map[string]string
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if part.Header.Get("Content-Type") == "application/x-directory" {
			return badRequest("folders are not supported; add files one by one")
		}
		root, err := n.addFile(r.Context(), part, o)
		if err != nil {
			return err
		}
		size, err := root.Size()
		if err != nil {
			return err
		}
		name := part.FileName()
		if name == "" {
			name = root.Cid().String()
		}
		results = append(results, map[string]string{"Name": name, "Hash": root.Cid().String(), "Size": fmt.Sprint(size)})
	}
	if len(results) == 0 {
		return badRequest("the body holds no file")
	}
	w.Header().Set("Content-Type", "application/json")
	for _, v := range results {
		send(w, v)
	}
	return nil
}

// addFile imports one file and, unless told otherwise, pins it before the garbage collector may run.
func (n *node) addFile(ctx context.Context, file io.Reader, o addOptions) (ipld.Node, error) {
	if o.onlyHash {
		nothing := blockservice.New(blockstore.NewBlockstore(ds.NewNullDatastore()), nil)
		return importFile(ctx, file, merkledag.NewDAGService(nothing), o)
	}
	lock := n.blocks.PinLock(ctx)
	defer lock.Unlock(ctx)
	root, err := importFile(ctx, file, n.dag, o)
	if err != nil || !o.pin {
		return root, err
	}
	return root, n.pinFetched(ctx, root.Cid(), pin.Recursive)
}

func importFile(ctx context.Context, file io.Reader, dag ipld.DAGService, o addOptions) (ipld.Node, error) {
	buffered := ipld.NewBufferedDAG(ctx, dag)
	params := helpers.DagBuilderParams{
		Dagserv: buffered, RawLeaves: o.rawLeaves, Maxlinks: helpers.DefaultLinksPerBlock, CidBuilder: &o.prefix,
	}
	builder, err := params.New(chunk.NewSizeSplitter(file, o.chunk))
	if err != nil {
		return nil, err
	}
	root, err := balanced.Layout(builder)
	if err != nil {
		return nil, err
	}
	return root, buffered.Commit()
}
