"""What containers take on disk: unpacked layers, volumes, and the user namespace of a plain user."""
