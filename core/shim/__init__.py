"""The shim: a separate process beside each running container, which uses only the standard library.

It is started as `python -I -S shim.py` and runs as long as its container: each imported module would be memory for each
container. So it has short copies of what it needs from the package: `start_time` (see
`containers/model/process_identity.py`), `read_plan` (see `containers/records/lost_containers.py`), `remove_at` and `chmod_at`
(see `fs/dir_fd.py`), and file names (see `store_paths.py` and `containers/runtimes/bundle.py`).
"""
