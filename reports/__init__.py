"""What it means, to people: comparisons, pages and the command line."""
