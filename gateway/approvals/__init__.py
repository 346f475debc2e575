"""What needs two people: one proposes, another approves what was shown, and only then it is sent."""
