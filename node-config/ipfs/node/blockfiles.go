package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	ds "github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
)

const blockSuffix = ".data"

// blockFiles keeps one file per block: root/<two characters>/<KEY>.data, the layout of Kubo's flatfs
// (next-to-last/2).
//
// Guarantee: after Put or a batch's Commit returned nil, each block is whole and stays after a crash
// or power cut, because it is written to a temporary file, synced, renamed, and its folder synced. A
// crash in between leaves the old state and at most a temporary file, which the next start removes.
type blockFiles struct {
	root string
	// durable holds the shard folders whose own entry in root has been synced.
	durable sync.Map
}

func openBlockFiles(root string) (*blockFiles, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(root)); err != nil {
		return nil, err
	}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), tempPrefix) {
			return os.Remove(p)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clear unfinished writes: %w", err)
	}
	return &blockFiles{root: root}, nil
}

func (s *blockFiles) path(k ds.Key) string {
	name := strings.TrimPrefix(k.String(), "/")
	shard := "_"
	if len(name) >= 3 {
		shard = name[len(name)-3 : len(name)-1]
	}
	return filepath.Join(s.root, shard, name+blockSuffix)
}

func (s *blockFiles) Get(_ context.Context, k ds.Key) ([]byte, error) {
	b, err := os.ReadFile(s.path(k))
	return b, notFound(err)
}

func (s *blockFiles) Has(_ context.Context, k ds.Key) (bool, error) {
	_, err := os.Stat(s.path(k))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (s *blockFiles) GetSize(_ context.Context, k ds.Key) (int, error) {
	st, err := os.Stat(s.path(k))
	if err != nil {
		return -1, notFound(err)
	}
	return int(st.Size()), nil
}

func (s *blockFiles) Put(_ context.Context, k ds.Key, value []byte) error {
	dir, err := s.write(k, value)
	if err != nil {
		return err
	}
	return syncDir(dir)
}

// write makes the block's file and returns the folder that has still to be synced. A file that already
// holds these bytes is kept; one that differs is damaged and is replaced.
func (s *blockFiles) write(k ds.Key, value []byte) (dir string, err error) {
	path := s.path(k)
	dir = filepath.Dir(path)
	if err := s.makeShard(dir); err != nil {
		return "", err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, value) {
		return dir, nil
	}
	return dir, placeFile(path, value)
}

func (s *blockFiles) makeShard(dir string) error {
	if _, ok := s.durable.Load(dir); ok {
		return nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(s.root); err != nil {
		return err
	}
	s.durable.Store(dir, true)
	return nil
}

func (s *blockFiles) Delete(_ context.Context, k ds.Key) error {
	path := s.path(k)
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func (s *blockFiles) Query(_ context.Context, q query.Query) (query.Results, error) {
	var entries []query.Entry
	err := s.walk(func(path string, d fs.DirEntry) error {
		e := query.Entry{Key: "/" + strings.TrimSuffix(d.Name(), blockSuffix)}
		if !q.KeysOnly {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			e.Value = b
		}
		if q.ReturnsSizes {
			info, err := d.Info()
			if err != nil {
				return err
			}
			e.Size = int(info.Size())
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return query.NaiveQueryApply(q, query.ResultsWithEntries(q, entries)), nil
}

// usage returns the number of blocks and the sum of their sizes in bytes.
func (s *blockFiles) usage() (blocks, size int64, err error) {
	err = s.walk(func(_ string, d fs.DirEntry) error {
		info, err := d.Info()
		if err != nil {
			return err
		}
		blocks++
		size += info.Size()
		return nil
	})
	return blocks, size, err
}

func (s *blockFiles) walk(visit func(path string, d fs.DirEntry) error) error {
	return filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(d.Name(), blockSuffix) {
			err = visit(path, d)
		}
		// A block may be deleted while we walk.
		if errors.Is(err, fs.ErrNotExist) && path != s.root {
			return nil
		}
		return err
	})
}

// Sync has nothing to do: every write is durable when it returns.
func (s *blockFiles) Sync(context.Context, ds.Key) error { return nil }

func (s *blockFiles) Close() error { return nil }

func (s *blockFiles) Batch(context.Context) (ds.Batch, error) {
	return &blockBatch{files: s, dirs: map[string]bool{}}, nil
}

// blockBatch writes at once and syncs each touched folder a single time, in Commit.
type blockBatch struct {
	files *blockFiles
	dirs  map[string]bool
}

func (b *blockBatch) Put(_ context.Context, k ds.Key, value []byte) error {
	dir, err := b.files.write(k, value)
	if err == nil {
		b.dirs[dir] = true
	}
	return err
}

func (b *blockBatch) Delete(ctx context.Context, k ds.Key) error { return b.files.Delete(ctx, k) }

func (b *blockBatch) Commit(context.Context) error {
	for dir := range b.dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ds.ErrNotFound
	}
	return err
}
