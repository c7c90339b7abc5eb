"""One module a command of `menwei`; loaded when it is called."""
