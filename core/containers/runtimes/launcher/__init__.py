"""The small static program that becomes a container's command where the runtime is bubblewrap."""
