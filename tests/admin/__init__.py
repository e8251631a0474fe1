"""The admin shell, over the real socket."""
