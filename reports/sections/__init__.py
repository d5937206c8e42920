"""The parts of the HTML report, one module a section."""
