"""Safe access to files on disk: below one folder by descriptors, written atomically, watched by inotify."""
