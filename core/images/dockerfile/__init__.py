"""An image's history as a Dockerfile: who recorded each step, the instruction it came from, and what cannot be known."""
