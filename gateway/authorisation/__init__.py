"""What a caller may do and see: roles and permissions, tenants, step-up and limits, enforced before any route runs."""
