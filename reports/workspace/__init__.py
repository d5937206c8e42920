"""A workspace of one's own: scenario, policy, tests and what runs them, as `deskdrill init` writes them."""
