package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ipfs/boxo/blockservice"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	blocks "github.com/ipfs/go-block-format"
)

// catBuffer is how much of an answer is read before its first byte is sent. An error within it is a clean
// answer in words; one after it breaks the connection. Clients that ask for ranges of this size or less
// always learn the reason.
const catBuffer = 8 << 20

// cat sends a file's bytes, or the range ?offset= and ?length= of them.
func (n *node) cat(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	c, err := cidArg(q)
	if err != nil {
		return err
	}
	offset, err := sizeArg(q, "offset", 0)
	if err != nil {
		return err
	}
	length, err := sizeArg(q, "length", -1)
	if err != nil {
		return err
	}
	offline, err := boolArg(q, "offline", false)
	if err != nil {
		return err
	}
	// One session for all blocks: the peer that had the first is asked for the others.
	ctx, dag := blockservice.ContextWithSession(r.Context(), n.service), strictDAG{n.dag}
	if offline {
		ctx, dag = r.Context(), strictDAG{n.localDAG}
	}
	root, err := dag.Get(ctx, c)
	if err != nil {
		return explain(c, err)
	}
	file, err := uio.NewDagReader(ctx, root, dag)
	if err != nil {
		return explain(c, err)
	}
	defer file.Close()
	if offset > 0 {
		// Seeking past the end reads nothing, as in Kubo.
		if _, err := file.Seek(min(offset, int64(file.Size())), io.SeekStart); err != nil {
			return explain(c, err)
		}
	}
	content := io.Reader(file)
	if length >= 0 {
		content = io.LimitReader(file, length)
	}
	var head bytes.Buffer
	_, err = io.CopyN(&head, content, catBuffer)
	if err != nil && !errors.Is(err, io.EOF) {
		return explain(c, err)
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("X-Stream-Output", "1")
	if _, err = head.WriteTo(w); err == nil {
		_, err = io.Copy(w, content)
	}
	if err != nil {
		// A broken connection tells the client that this is not the whole file.
		slog.Error("cat broken off", "cid", c.String(), "reason", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (n *node) blockGet(w http.ResponseWriter, r *http.Request) error {
	b, err := n.block(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.ipld.raw")
	if _, err := w.Write(b.RawData()); err != nil {
		slog.Info("client went away", "reason", err)
	}
	return nil
}

func (n *node) blockStat(w http.ResponseWriter, r *http.Request) error {
	b, err := n.block(r)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"Key": b.Cid().String(), "Size": len(b.RawData())})
}

func (n *node) block(r *http.Request) (blocks.Block, error) {
	q := r.URL.Query()
	c, err := cidArg(q)
	if err != nil {
		return nil, err
	}
	offline, err := boolArg(q, "offline", false)
	if err != nil {
		return nil, err
	}
	service := n.service
	if offline {
		service = n.localService
	}
	b, err := service.GetBlock(r.Context(), c)
	if err != nil {
		return nil, explain(c, err)
	}
	return b, nil
}

// sizeArg reads a number of bytes.
func sizeArg(q url.Values, name string, otherwise int64) (int64, error) {
	s := q.Get(name)
	if s == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return 0, badRequest("%s=%q: expected a number of bytes", name, s)
	}
	return v, nil
}
