"""What every member is entitled to: measure, qualify, rate, prorate, limit, stack, share."""
