"""Values that describe a container and its parts."""
