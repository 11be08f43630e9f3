"""Byte streams: compression, decompression, digests, read-ahead."""
