package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	ds "github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
)

func openTestFiles(t *testing.T) *blockFiles {
	t.Helper()
	s, err := openBlockFiles(filepath.Join(t.TempDir(), "blocks"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBlockFilesPutGetDelete(t *testing.T) {
	ctx, s, key := context.Background(), openTestFiles(t), ds.NewKey("CIQABCD")
	if _, err := s.Get(ctx, key); !errors.Is(err, ds.ErrNotFound) {
		t.Fatalf("get before put: %v", err)
	}
	if err := s.Put(ctx, key, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, key); err != nil || string(got) != "one" {
		t.Fatalf("got %q, %v", got, err)
	}
	if want := filepath.Join(s.root, "BC", "CIQABCD.data"); s.path(key) != want {
		t.Fatalf("path %s, want flatfs' %s", s.path(key), want)
	}
	if size, err := s.GetSize(ctx, key); err != nil || size != 3 {
		t.Fatalf("size %d, %v", size, err)
	}
	if n, size, err := s.usage(); n != 1 || size != 3 || err != nil {
		t.Fatalf("usage %d, %d, %v", n, size, err)
	}
	for range 2 {
		if err := s.Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	if has, err := s.Has(ctx, key); has || err != nil {
		t.Fatalf("has %v, %v after delete", has, err)
	}
}

func TestBlockFilesPutReplacesDamage(t *testing.T) {
	ctx, s, key := context.Background(), openTestFiles(t), ds.NewKey("CIQABCD")
	for _, damaged := range []string{"", "onf", "one and more"} {
		if err := s.Put(ctx, key, []byte("one")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(key), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put(ctx, key, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Get(ctx, key); string(got) != "one" {
		t.Fatalf("got %q", got)
	}
}

func TestBlockFilesClearUnfinishedWritesAndNothingElse(t *testing.T) {
	ctx, s, key := context.Background(), openTestFiles(t), ds.NewKey("CIQABCD")
	batch, err := s.Batch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(batch.Put(ctx, key, []byte("one")), batch.Commit(ctx)); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(filepath.Dir(s.path(key)), tempPrefix+"42")
	if err := os.WriteFile(left, []byte("on"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := openBlockFiles(s.root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the unfinished write is still there")
	}
	results, err := again.Query(ctx, query.Query{KeysOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := results.Rest()
	if err != nil || len(all) != 1 || all[0].Key != key.String() {
		t.Fatalf("keys %v, %v", all, err)
	}
}

func TestVerifiedBlocksNameTheCorruptOne(t *testing.T) {
	ctx, s := context.Background(), openTestFiles(t)
	store := verifiedBlocks{blockstore.NewBlockstore(s, blockstore.NoPrefix(), blockstore.WriteThrough(true))}
	block := blocks.NewBlock([]byte("content"))
	if err := store.Put(ctx, block); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.root, "*", "*"+blockSuffix))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("Content"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = store.Get(ctx, block.Cid())
	var corrupt *corruptBlockError
	if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), block.Cid().String()) {
		t.Fatalf("got %v", err)
	}
}
