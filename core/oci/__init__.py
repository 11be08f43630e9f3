"""The words of the OCI specifications as values."""
