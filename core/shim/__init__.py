"""The shim: a separate program beside each running container, which uses only the standard library."""
