"""From the results to the page: figures, tables and plots."""
