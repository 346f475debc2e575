"""Working-day calendars, numbered, published by the regulator year by year."""
