"""The shim: a program that runs by itself beside each running container, made of the standard library alone.

It is started as `python -I -S shim.py` and stays as long as its container: each module that it imports would be memory for each
container. So what it needs of the package it has in few lines of its own, which do the same: `start_time` (see
`containers/model/process_identity.py`), `read_plan` (see `containers/records/lost_containers.py`), `remove_at` and `chmod_at` (see
`fs/dir_fd.py`), and the names of files (see `store_paths.py` and `containers/runtimes/bundle.py`).
"""
