"""Acts that several screens have: lifecycle of a container, changes of paths, writing."""
