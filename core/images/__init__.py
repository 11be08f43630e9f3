"""Images: manifests, configs and histories; archives; comparison (OCI image-spec)."""
