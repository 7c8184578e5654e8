"""Reports: one HTML file that shows the points of a sweep in any browser, without a network."""
