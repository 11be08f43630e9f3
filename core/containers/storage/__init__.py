"""Storage of containers: unpacked layers, volumes, and the user namespace of a plain user."""
