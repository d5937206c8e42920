"""A workspace of one's own: a scenario, a policy, tests and the files that run them, as `deskdrill init` writes them."""
