"""The store of images: an OCI image layout on disk."""
