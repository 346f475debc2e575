"""What of a request reaches the application: bounded in size, time and form, before anything is made of it."""
