"""An agreement in plain sentences, with worked numbers, for the partner to sign."""
