"""Bytes that flow: compressed, decompressed, summed, read ahead."""
