"""Images opened from the files of a daemon on this machine, without its API: Docker's overlay2, containerd's content store, containers/storage."""
