"""Image archives, read in place and written: OCI image layouts and the format of `docker save`."""
