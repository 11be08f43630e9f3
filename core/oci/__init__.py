"""Values of the OCI specifications: digests, descriptors, manifests, configs, references."""
