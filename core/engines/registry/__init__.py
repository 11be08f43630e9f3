"""Registries (OCI distribution-spec 1.1) as engines: their images listed and opened, their layers read by ranges."""
