"""Actions that several screens share: lifecycle of a container, changes of paths, writing."""
