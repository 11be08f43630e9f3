"""Several engines on home: listed and followed, chosen, and images copied from one to another."""
