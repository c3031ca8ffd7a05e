"""The subcommands of ``nimble-local``, a module each."""
