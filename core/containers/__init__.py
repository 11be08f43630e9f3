"""Containers: records on disk, files, runtimes, and the operations from `create` to `rm`."""
