package main

import (
	"errors"
	"os"
	"path/filepath"
)

// tempPrefix marks files being written; what a crash leaves of them is removed at the next start.
const tempPrefix = ".put-"

// placeFile writes a private file whole: to a temporary file in the same folder, synced, then renamed. The
// new name itself is durable only after syncDir.
func placeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// writeDurably is placeFile and syncDir: when it returns nil, a power cut leaves the whole file.
func writeDurably(path string, data []byte) error {
	if err := placeFile(path, data); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
