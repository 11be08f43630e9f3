"""Layer tables laid over each other: the timeline, the views of it, and where a path comes from."""
