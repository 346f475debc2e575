"""What is wrong with a seat's configuration: found before it starts, each with what to do about it."""
