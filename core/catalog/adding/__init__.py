"""Images added to a catalog: found at their sources, compared with what is there, read by tasks, recorded."""
