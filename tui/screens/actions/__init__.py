"""Actions that several screens share: lifecycle of a container, changes of paths, writing, and the menu of a row."""
