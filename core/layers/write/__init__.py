"""Writes layers and Views: unpacked to a folder, extracted to the host, or as a tar."""
