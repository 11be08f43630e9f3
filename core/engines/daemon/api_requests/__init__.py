"""Requests to a daemon by the session of Docker's SDK: answers within a limit, bodies as they come, waiting that can be cancelled."""
