"""The stack drawing: layers as slabs, and the path that falls through them until one answers."""
