"""Files found across many images: by name, type, size, mode, owner, content, digest or package."""
