"""Images: what an index, a manifest, a config and a history say."""
